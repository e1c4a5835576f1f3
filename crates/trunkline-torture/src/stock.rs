//! The numbers that are bought: enough on sale at every carrier that sells.

use trunkline_sandbox::{Sandbox, StockOrder};

use crate::accounts::{Role, sellers};

/// Most purchases at the account that is renamed.
const RENAMED_MOST: usize = 150;

pub(crate) const IN_ALLOCATION: usize = 2;

/// How many numbers an area code has at each carrier: what one search shows.
pub(crate) const IN_AREA: usize = 100;

/// One purchase in so many leaves the choice of the number to trunkline.
pub(crate) const CHOICE_EVERY: usize = 10;

pub(crate) const ALLOCATION_EVERY: usize = 20;

/// Area codes of the United States.
const AREAS: &str = "\
    201 202 203 205 206 207 208 209 210 213 214 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254 \
    256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 \
    325 330 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 417 419 423 424 \
    425 430 432 434 435 440 443 458 469 470 475 478 479 480 484 501 502 503 504 505 507 508 509 512 513 515 516 517 \
    518 520 530 540 541 551 559 561 562 563 567 570 571 573 574 575 580 585 586 601 602 603 605 606 607 608 609 610";

/// Most purchases that there is stock for.
pub(crate) const MOST: usize = 11_000;

/// How many numbers are set aside at an account of this role for buyers of an exact one.
pub(crate) fn set_aside(role: Role, purchases: usize) -> usize {
    let all: usize = sellers().map(|(_, role)| weight(role)).sum();
    let numbers = purchases * weight(role) / all.max(1) + 1;
    match role {
        Role::Renamed => numbers.min(RENAMED_MOST),
        Role::Shared | Role::Capped => numbers,
    }
}

/// The part of the exact purchases that an account gets. One that is read whole at every look gets few.
const fn weight(role: Role) -> usize {
    match role {
        Role::Shared => 12,
        Role::Capped => 7,
        Role::Renamed => 1,
    }
}

/// The area codes that exact numbers are bought in, and those that a choice is made in.
pub(crate) fn areas(purchases: usize) -> (Vec<&'static str>, Vec<&'static str>) {
    let mut areas = AREAS.split_whitespace();
    // A buyer who leaves the choice open must not run out of candidates.
    let allocated = purchases / ALLOCATION_EVERY * IN_ALLOCATION;
    let chosen = 1 + (purchases / CHOICE_EVERY + allocated) / IN_AREA;
    let open = areas.by_ref().take(chosen).collect();
    let exact = areas.by_ref().take(1 + purchases / IN_AREA).collect();
    (exact, open)
}

/// Puts the numbers of these area codes on sale. Errors: a carrier that has no such stock.
pub(crate) fn fill(sandbox: &Sandbox, areas: &[&str]) -> Result<(), String> {
    for area in areas {
        for (seller, _) in sellers() {
            let order = StockOrder {
                country: "US".to_owned(),
                area_code: Some((*area).to_owned()),
                number_type: None,
                count: IN_AREA,
            };
            sandbox
                .set_stock(seller, &order)
                .map_err(|error| format!("{seller}: {error}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_area_codes_for_the_most_purchases() {
        let (exact, open) = areas(MOST);
        assert_eq!(exact.len(), 1 + MOST / IN_AREA);
        let allocated = MOST / ALLOCATION_EVERY * IN_ALLOCATION;
        assert_eq!(open.len(), 1 + (MOST / CHOICE_EVERY + allocated) / IN_AREA);
        assert!(exact.iter().all(|area| !open.contains(area)));
    }
}
