"""Pages for this machine: an application over HTTP and WebSocket, on the loopback device unless asked."""
