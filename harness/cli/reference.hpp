// What `chaos list` prints, made from the tables the program itself works with.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/subject.hpp"

namespace chaos::harness::cli {

struct Reference {
    std::string name;                   ///< "faults"
    std::function<std::string()> text;  ///< the whole page, with a line feed at its end
};
std::vector<Reference> references(const std::vector<SubjectKind>& subjects);

}  // namespace chaos::harness::cli
