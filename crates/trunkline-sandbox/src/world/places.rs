//! Where numbers are: enough geography for every search filter to have something to tell apart.

/// A rate centre, or outside North America just a town.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) locality: &'static str,
    /// A state or province by its two letters; empty outside North America.
    pub(crate) region: &'static str,
    pub(crate) postal_code: Option<&'static str>,
    pub(crate) lata: &'static str,
    pub(crate) rate_center: &'static str,
    pub(crate) position: Position,
}

/// A point on the earth, in degrees.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) north: f64,
    pub(crate) east: f64,
}

impl Place {
    /// The distance to a point, in miles along a great circle.
    pub(crate) fn miles_to(&self, point: Position) -> f64 {
        let (here, there) = (self.position.north.to_radians(), point.north.to_radians());
        let half = ((point.east - self.position.east).to_radians() / 2.0).sin();
        let rise = ((there - here) / 2.0).sin();
        let chord = here.cos().mul_add(there.cos() * half * half, rise * rise);
        2.0 * 3_958.8 * chord.sqrt().asin()
    }
}

pub(super) const fn town(locality: &'static str, north: f64, east: f64) -> Place {
    Place {
        locality,
        region: "",
        postal_code: None,
        lata: "",
        rate_center: "",
        position: Position { north, east },
    }
}

impl Place {
    /// A rate centre of North America.
    const fn in_region(self, region: &'static str, lata: &'static str, name: &'static str) -> Self {
        Self {
            region,
            lata,
            rate_center: name,
            ..self
        }
    }

    const fn zip(self, postal_code: &'static str) -> Self {
        Self {
            postal_code: Some(postal_code),
            ..self
        }
    }
}

pub(super) const SAN_FRANCISCO: &[Place] = &[
    town("San Francisco", 37.7749, -122.4194)
        .in_region("CA", "722", "SNFC CNTRL")
        .zip("94102"),
    town("San Rafael", 37.9735, -122.5311)
        .in_region("CA", "722", "SAN RAFAEL")
        .zip("94903"),
    town("Sausalito", 37.8591, -122.4852).in_region("CA", "722", "SAUSALITO"),
];
pub(super) const OAKLAND: &[Place] = &[
    town("Oakland", 37.8044, -122.2712)
        .in_region("CA", "722", "OKLD MN-PD")
        .zip("94601"),
    town("Fremont", 37.5485, -121.9886)
        .in_region("CA", "722", "FREMNTNWRK")
        .zip("94536"),
];
pub(super) const NEW_YORK: &[Place] = &[town("New York", 40.7484, -73.9967)
    .in_region("NY", "132", "NWYRCYZN01")
    .zip("10001")];
pub(super) const TORONTO: &[Place] = &[town("Toronto", 43.6532, -79.3832)
    .in_region("ON", "888", "TORONTO")
    .zip("M5H")];
pub(super) const VANCOUVER: &[Place] = &[town("Vancouver", 49.2827, -123.1207)
    .in_region("BC", "888", "VANCOUVER")
    .zip("V6B")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn san_francisco_is_eight_miles_from_oakland_and_a_continent_from_new_york() {
        let bay = SAN_FRANCISCO[0].miles_to(OAKLAND[0].position);
        assert!((7.0..10.0).contains(&bay), "{bay}");
        let coast = SAN_FRANCISCO[0].miles_to(NEW_YORK[0].position);
        assert!((2_500.0..2_700.0).contains(&coast), "{coast}");
    }
}
