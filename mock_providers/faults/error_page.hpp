// The bodies that HTTP errors really come with: the vendor's own, and those of everything between the vendor and its client.
#pragma once

#include "mock_providers/dialects/dialect.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/error_body.hpp"
#include "net/http/message.hpp"
#include "wire/chat.hpp"

namespace chaos::mock_providers::faults {

/// As scenarios spell them.
const Choices<ErrorBody>& error_bodies();

/// Whether the error's own message has a place there.
bool has_message(ErrorBody body);

/// The error as a response with such a body.
net::http::Response error_page(ErrorBody body, const wire::ProviderError& error, const Api& api);

}  // namespace chaos::mock_providers::faults
