"""WhatsApp Cloud API: client, callback and simulator. Import the modules; this file stays empty for a cheap start."""
