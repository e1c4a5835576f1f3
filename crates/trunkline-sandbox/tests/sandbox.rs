//! The sandbox from outside: real sockets, real requests.

#[cfg(test)]
#[path = "sandbox/callbacks.rs"]
mod callbacks;
#[cfg(test)]
#[path = "sandbox/clocks.rs"]
mod clocks;
#[cfg(test)]
#[path = "sandbox/console.rs"]
mod console;
#[cfg(test)]
#[path = "sandbox/control.rs"]
mod control;
#[cfg(test)]
#[path = "sandbox/documented.rs"]
mod documented;
#[cfg(test)]
#[path = "sandbox/everywhere.rs"]
mod everywhere;
#[cfg(test)]
#[path = "sandbox/faults.rs"]
mod faults;
#[cfg(test)]
#[path = "sandbox/http2.rs"]
mod http2;
#[cfg(test)]
#[path = "sandbox/latency.rs"]
mod latency;
#[cfg(test)]
#[path = "sandbox/lists.rs"]
mod lists;
#[cfg(test)]
#[path = "sandbox/signalwire_access.rs"]
mod signalwire_access;
#[cfg(test)]
#[path = "sandbox/signalwire_addresses.rs"]
mod signalwire_addresses;
#[cfg(test)]
#[path = "sandbox/signalwire_caller_ids.rs"]
mod signalwire_caller_ids;
#[cfg(test)]
#[path = "sandbox/signalwire_laml.rs"]
mod signalwire_laml;
#[cfg(test)]
#[path = "sandbox/signalwire_numbers.rs"]
mod signalwire_numbers;
#[cfg(test)]
#[path = "sandbox/signalwire_problems.rs"]
mod signalwire_problems;
#[cfg(test)]
#[path = "sandbox/signalwire_purchase.rs"]
mod signalwire_purchase;
#[cfg(test)]
#[path = "sandbox/signalwire_search.rs"]
mod signalwire_search;
#[cfg(test)]
#[path = "sandbox/signalwire_support.rs"]
mod signalwire_support;
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
#[path = "sandbox/wazo_auth.rs"]
mod wazo_auth;
#[cfg(test)]
#[path = "sandbox/wazo_faults.rs"]
mod wazo_faults;
#[cfg(test)]
#[path = "sandbox/wazo_list.rs"]
mod wazo_list;
#[cfg(test)]
#[path = "sandbox/wazo_main.rs"]
mod wazo_main;
#[cfg(test)]
#[path = "sandbox/wazo_numbers.rs"]
mod wazo_numbers;
#[cfg(test)]
#[path = "sandbox/wazo_ranges.rs"]
mod wazo_ranges;
#[cfg(test)]
#[path = "sandbox/wazo_support.rs"]
mod wazo_support;
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
#[cfg(test)]
#[path = "sandbox/webex_usage.rs"]
mod webex_usage;
#[cfg(test)]
#[path = "sandbox/zendesk_auth.rs"]
mod zendesk_auth;
#[cfg(test)]
#[path = "sandbox/zendesk_numbers.rs"]
mod zendesk_numbers;
#[cfg(test)]
#[path = "sandbox/zendesk_purchase.rs"]
mod zendesk_purchase;
#[cfg(test)]
#[path = "sandbox/zendesk_search.rs"]
mod zendesk_search;
#[cfg(test)]
#[path = "sandbox/zendesk_shapes.rs"]
mod zendesk_shapes;
#[cfg(test)]
#[path = "sandbox/zendesk_support.rs"]
mod zendesk_support;
