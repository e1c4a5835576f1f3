//! The handlers that SignalWire alone has, each with the options of its routing.

use serde::{Deserialize, Serialize};

/// The options of a handler: each is a text, or unset.
macro_rules! options {
    ($($(#[$meta:meta])* $name:ident { $($member:ident),+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub(crate) struct $name {
            $(
                #[serde(skip_serializing_if = "Option::is_none")]
                pub(crate) $member: Option<String>,
            )+
        }
    )+};
}

options! {
    /// `relay_script`: where the SWML script is fetched.
    Script { url }
    /// `relay_topic` of calls: clients listening to the topic get the call, the address hears what becomes of it.
    CallTopic { topic, status_callback_url }
    /// `relay_topic` of messages.
    MessageTopic { topic }
    /// `relay_context` of calls, the deprecated forerunner of topics.
    CallContext { context, status_callback_url }
    /// `relay_context` of messages.
    MessageContext { context }
    /// `relay_application`.
    Application { application }
    /// `relay_connector`.
    Connector { connector_id }
    /// `relay_verto_endpoint`.
    Verto { resource }
    /// `dialogflow`.
    Dialogflow { agent_id }
    /// `video_room`.
    VideoRoom { room_id }
    /// `ai_agent`: the agent that answers.
    AiAgent { agent_id }
    /// `call_flow`: the flow that a call takes, the version deployed last unless said.
    CallFlow { flow_id, version }
    /// A handler that only SignalWire's console can set: the resource that answers.
    Resource { resource_id }
}
