// Data URLs: bytes in base64 with their media type, as images, sounds and documents travel.
#pragma once

#include <string_view>

namespace chaos::wire {

/// Both empty if it is none: then it is the address of something elsewhere.
struct DataUrl {
    std::string_view media_type;
    std::string_view base64;
    explicit operator bool() const { return !base64.empty(); }
};

inline DataUrl read_data_url(std::string_view url)
{
    constexpr std::string_view scheme = "data:";
    constexpr std::string_view mark = ";base64,";
    const std::size_t at = url.find(mark);
    if (!url.starts_with(scheme) || at == std::string_view::npos) return {};
    const std::string_view type = url.substr(scheme.size(), at - scheme.size());
    return {type.substr(0, type.find(';')), url.substr(at + mark.size())};
}

}  // namespace chaos::wire
