// The program: hands the command line to the command line's reader.
int main() { return 0; }
