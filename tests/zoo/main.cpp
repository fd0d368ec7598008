// The program `chaos` with the zoo's broken routers as further subjects.
#include "harness/cli/cli.hpp"
#include "tests/zoo/broken_router.hpp"

int main(int argc, char** argv) { return chaos::harness::cli::main_program(argc, argv, chaos::zoo::all_subjects()); }
