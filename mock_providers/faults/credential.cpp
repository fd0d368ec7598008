// The refusal in its vendor's words.
#include "mock_providers/faults/credential.hpp"

#include <fmt/format.h>

#include "mock_providers/dialects/credential_errors.hpp"
#include "mock_providers/faults/choices.hpp"
#include "mock_providers/faults/vocabulary.hpp"
#include "mock_providers/script.hpp"

namespace chaos::mock_providers::faults {

namespace {

const Choices<CredentialKind> credential_kinds = {{"invalid_key", CredentialKind::invalid_key},
                                                  {"expired", CredentialKind::expired},
                                                  {"no_permission", CredentialKind::no_permission},
                                                  {"billing", CredentialKind::billing}};

Parameters read_credential(const config::Node& value, config::Complaints& complaints)
{
    Credential fault;
    if (value.kind() == config::NodeKind::null) {
        return fault;
    }
    config::MapReader map(value, complaints, "credential");
    fault.as = read_choice(map, "as", credential_kinds, fault.as);
    map.finish();
    return fault;
}

}  // namespace

bool Credential::applies_to(const Script& script) const
{
    return credential_error(*script.dialect, as, script.answer.model).has_value();
}

void Credential::inject(Script& script, net::Instant) const
{
    if (const auto error = credential_error(*script.dialect, as, script.answer.model)) {
        script.instead = script.error_response(*error);
    }
}

std::optional<std::string> Credential::proof(const Sent& sent) const
{
    if (sent.status < 400 || sent.end != WireEnd::complete) return std::nullopt;
    return fmt::format("HTTP {}, credential: {} ({} bytes of body)", sent.status, word_for(as, credential_kinds),
                       sent.body_bytes);
}

Entry credential_entry()
{
    Entry entry;
    entry.name = "credential";
    entry.layer = Layer::request;
    entry.summary =
        "The provider refuses the caller's key, in its own words and with the status it has for that, which is not "
        "always 401 or 403.";
    entry.evidence = "Delivered: the whole refusal went out to a recognised attempt.";
    entry.remedy =
        "Tell it from a bad request, also where it is a 400: leave this key alone, and go on with another key or "
        "another "
        "provider at once; no waiting helps.";
    entry.parameters = {{"as",
                         "invalid_key (gemini: a 400), expired, no_permission or billing (openai: a 429, anthropic and "
                         "gemini: a 400); only "
                         "of vendors that have words for it; default invalid_key",
                         "billing"}};
    entry.forms = {"{as: expired}", "{as: billing}"};
    entry.read = &read_credential;
    return entry;
}

}  // namespace chaos::mock_providers::faults
