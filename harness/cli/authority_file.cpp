#include "harness/cli/authority_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>

#include "harness/run_folder.hpp"

namespace chaos::harness::cli {
namespace {

namespace fs = std::filesystem;

// Node; OpenSSL, and with it Python's ssl, httpx, Ruby and Go; Python's requests.
constexpr std::string_view variables[] = {"NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"};

std::string new_folder()
{
    std::string name = (fs::temp_directory_path() / "chaos-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error(fmt::format("cannot create {}: {}", name, std::strerror(errno)));
    return name;
}

}  // namespace

AuthorityFile::AuthorityFile(const net::tls::Authority* authority, const std::optional<std::string>& path)
{
    if (authority == nullptr) return;
    if (!path) folder_ = new_folder();
    path_ = path ? *path : folder_ + "/authority.pem";
    write_file_atomically(path_, authority->certificate_pem());
}

AuthorityFile::~AuthorityFile()
{
    std::error_code ignored;
    if (!path_.empty()) fs::remove(path_, ignored);
    if (!folder_.empty()) fs::remove(folder_, ignored);
}

std::string AuthorityFile::exports() const
{
    std::string lines;
    if (path_.empty()) return lines;
    for (const std::string_view variable : variables) lines += fmt::format("export {}={}\n", variable, path_);
    return lines;
}

}  // namespace chaos::harness::cli
