// {"type":"input_audio","input_audio":{"data":BASE64,"format":"wav"}} and the data URL of the neutral form.
#include "wire/openai_sound.hpp"

#include <fmt/format.h>

#include "wire/data_url.hpp"

namespace chaos::wire::openai {

bool read_sound(const json::Field& content, Part& out)
{
    const auto data = json::text(json::member(content, "data"));
    const auto format = json::text(json::member(content, "format"));
    if (!data || !format) return false;
    out.kind = Part::Kind::audio;
    out.text = fmt::format("data:audio/{};base64,{}", *format, *data);
    return true;
}

void write_sound(std::string& out, const Part& sound)
{
    const DataUrl url = read_data_url(sound.text);
    out += R"({"type":"input_audio","input_audio":{"data":)";
    net::append_json_string(out, url.base64);
    out += R"(,"format":)";
    net::append_json_string(out, url.media_type.substr(url.media_type.find('/') + 1));
    out += "}}";
}

}  // namespace chaos::wire::openai
