"""From inquiries to heads: calls, chats held several at once, work with a deadline."""
