// Numbers and endings as words.
#include "mock_providers/faults/wording.hpp"

#include <fmt/format.h>

namespace chaos::mock_providers::faults {

std::string rounded(net::Duration measured)
{
    using std::chrono::milliseconds;
    if (measured < milliseconds(1)) {
        return net::to_string(std::chrono::floor<std::chrono::microseconds>(measured));
    }
    return net::to_string(std::chrono::floor<milliseconds>(measured));
}

std::string amount(const Sent& sent)
{
    if (sent.status == 0) {
        return "nothing";
    }
    return fmt::format("HTTP {}, {} token{} ({} bytes of body)", sent.status, sent.tokens, sent.tokens == 1 ? "" : "s",
                       sent.body_bytes);
}

std::string silence(const Sent& sent)
{
    constexpr std::string_view until[] = {"", ", until the run ended", ", until the client left", ", then released",
                                          ""};
    return fmt::format("silent for {}{}", rounded(sent.silence), until[static_cast<std::size_t>(sent.fell_silent)]);
}

std::optional<std::string> whole_answer(const Sent& sent, std::string_view with)
{
    if (!sent.sent(200)) {
        return std::nullopt;
    }
    return fmt::format("HTTP 200, {} ({} bytes of body)", with, sent.body_bytes);
}

std::string_view spelling(Stop stop)
{
    switch (stop) {
        case Stop::fin:
            return "FIN";
        case Stop::reset:
            return "RST";
        case Stop::silence:
            return "silence";
        case Stop::clean:
            return "a clean end";
        case Stop::error_event:
            return "an error event and a clean end";
        case Stop::garbage:
            return "an event of garbage and a clean end";
    }
    return "";
}

}  // namespace chaos::mock_providers::faults
