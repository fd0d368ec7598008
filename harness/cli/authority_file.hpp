// The certificate of the mocks' own authority as a file, for clients that are programs of their own.
#pragma once

#include <optional>
#include <string>

#include "net/tls/certificate.hpp"

namespace chaos::harness::cli {

/// Lies there as long as this lives; no file without an authority. Without a path of the user's choice it is in a new
/// folder below the system's for temporary files. Throws std::runtime_error if it cannot be written.
class AuthorityFile {
public:
    AuthorityFile(const net::tls::Authority* authority, const std::optional<std::string>& path);
    ~AuthorityFile();
    AuthorityFile(const AuthorityFile&) = delete;
    AuthorityFile& operator=(const AuthorityFile&) = delete;

    /// Empty without a file.
    const std::string& path() const { return path_; }
    /// "export NODE_EXTRA_CA_CERTS=...": what clients read to find further authorities, a line each.
    std::string exports() const;

private:
    std::string folder_;  ///< made by us, to be removed
    std::string path_;
};

}  // namespace chaos::harness::cli
