-- How a source writes its files, where that is not as OneRoster and we do: a profile's text, and the name it was given by.
ALTER TABLE source ADD COLUMN profile_name TEXT;
ALTER TABLE source ADD COLUMN profile TEXT;
