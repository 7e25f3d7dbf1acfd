"""Planning: clinics whose hour has come, their lists read and decided, what changed written, what is void withdrawn."""
