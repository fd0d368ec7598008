// The program: hands the command line to its reader, with the one subject everybody has.
#include "harness/cli/cli.hpp"

int main(int argc, char** argv)
{
    return chaos::harness::cli::main_program(argc, argv, {chaos::harness::bundled_router()});
}
