// Reading /proc/net/tcp: "sl local_address rem_address st ...", addresses in hexadecimal words of the machine's order.
#include "net/real/syn_table.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

namespace chaos::net::real {
namespace {

constexpr std::string_view syn_sent = "02";

template <class Bytes>
std::string in_words(const Bytes& bytes)
{
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        text += fmt::format("{:08X}", word);
    }
    return text;
}

std::string table_address(const asio::ip::address& address)
{
    return address.is_v4() ? in_words(address.to_v4().to_bytes()) : in_words(address.to_v6().to_bytes());
}

std::uint16_t port_of(std::string_view place)
{
    std::uint16_t port = 0;
    const std::string_view digits = place.substr(place.find(':') + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), port, 16);
    return port;
}

}  // namespace

std::vector<PendingConnect> pending_connects_in(std::string_view table, const Tcp::endpoint& to)
{
    const std::string address = to.address().is_unspecified() ? "" : table_address(to.address()) + ":";
    const std::string target = fmt::format("{}{:04X}", address.empty() ? ":" : address, to.port());
    std::vector<PendingConnect> found;
    std::istringstream lines{std::string(table)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        std::string number, from, remote, state;
        fields >> number >> from >> remote >> state;
        if (state == syn_sent && remote.ends_with(target)) found.push_back({from, port_of(from)});
    }
    return found;
}

std::vector<PendingConnect> pending_connects(const Tcp::endpoint& to)
{
    std::ifstream file(to.address().is_v4() ? "/proc/net/tcp" : "/proc/net/tcp6");
    std::ostringstream table;
    table << file.rdbuf();
    return pending_connects_in(table.str(), to);
}

}  // namespace chaos::net::real
