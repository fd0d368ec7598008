// Google's schema dialect (a subset of OpenAPI's) as JSON Schema. For the files of wire/gemini only.
#pragma once

#include <string>

#include "wire/json_document.hpp"

namespace chaos::wire::gemini {

/// The schema as JSON text, with the names of types ("OBJECT") as JSON Schema spells them ("object").
std::string json_schema_of(const json::Element& schema);

}  // namespace chaos::wire::gemini
