//! trunkline adapter for Twilio.
