//! One function per user action; joins the rooms; the only room the pages see.
