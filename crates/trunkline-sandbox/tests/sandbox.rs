//! The sandbox from outside: real sockets, real requests.

#[cfg(test)]
#[path = "sandbox/callbacks.rs"]
mod callbacks;
#[cfg(test)]
#[path = "sandbox/control.rs"]
mod control;
#[cfg(test)]
#[path = "sandbox/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "sandbox/support.rs"]
mod support;
#[cfg(test)]
#[path = "sandbox/twilio_caller_ids.rs"]
mod twilio_caller_ids;
#[cfg(test)]
#[path = "sandbox/twilio_numbers.rs"]
mod twilio_numbers;
#[cfg(test)]
#[path = "sandbox/twilio_paging.rs"]
mod twilio_paging;
#[cfg(test)]
#[path = "sandbox/twilio_purchase.rs"]
mod twilio_purchase;
#[cfg(test)]
#[path = "sandbox/twilio_search.rs"]
mod twilio_search;
#[cfg(test)]
#[path = "sandbox/twilio_shapes.rs"]
mod twilio_shapes;
#[cfg(test)]
#[path = "sandbox/webex_access.rs"]
mod webex_access;
#[cfg(test)]
#[path = "sandbox/webex_caller_ids.rs"]
mod webex_caller_ids;
#[cfg(test)]
#[path = "sandbox/webex_jobs.rs"]
mod webex_jobs;
#[cfg(test)]
#[path = "sandbox/webex_list.rs"]
mod webex_list;
#[cfg(test)]
#[path = "sandbox/webex_location_numbers.rs"]
mod webex_location_numbers;
#[cfg(test)]
#[path = "sandbox/webex_shapes.rs"]
mod webex_shapes;
#[cfg(test)]
#[path = "sandbox/webex_support.rs"]
mod webex_support;
