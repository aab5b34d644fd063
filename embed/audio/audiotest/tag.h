// Writes tags as name, NUL, value, NUL, ..., len bytes in all, to the file at path; 0 when that went well.
int segue_test_tag(const char *path, const char *tags, int len);
