// Compares a whole text with the file it has to equal; UPDATE_GOLDEN=1 in the environment rewrites the file.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/source_dir.hpp"

namespace chaos::testing {

/// `file` is relative to tests/.
inline void expect_golden(const std::string& file, const std::string& text)
{
    const std::string path = source_dir() + "/tests/" + file;
    if (const char* update = std::getenv("UPDATE_GOLDEN"); update != nullptr && std::string(update) == "1") {
        std::ofstream(path, std::ios::binary) << text;
    }
    std::ifstream in(path, std::ios::binary);
    ASSERT_TRUE(in) << path << " is missing: run the test with UPDATE_GOLDEN=1 and read what it wrote";
    std::ostringstream golden;
    golden << in.rdbuf();
    EXPECT_EQ(text, golden.str()) << "differs from " << path << "; if that is right, run with UPDATE_GOLDEN=1";
}

}  // namespace chaos::testing
