"""Web pages for people: templates and styles in files of their own, and the code that fills them. No scripts."""
