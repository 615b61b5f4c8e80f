# METADATA
# description: What a credential looks like, and what only refers to one.
package lib.secrets

# Forms that issuers give their tokens, so that a scanner can find them.
_forms := [
	`^(?i)AKIA[0-9A-Z]{16}$`,
	`\bhf_[A-Za-z0-9]{30,}\b`,
	`\b(sk|pk)-(lf-)?[A-Za-z0-9-]{16,}\b`,
	`\bgh[pousr]_[A-Za-z0-9]{30,}\b`,
	`\bxox[baprs]-[A-Za-z0-9-]{10,}`,
	`\btvly-[A-Za-z0-9-]{16,}`,
	`\bBasic [A-Za-z0-9+/]{12,}={0,2}`,
	`-----BEGIN [A-Z ]*PRIVATE KEY-----`,
	`://[^/\s:@{$]+:[^/\s@{$]+@`,
]

token(text) if {
	is_string(text)
	some form in _forms
	regex.match(form, text)
}

_named := `(?i)(^|[_.-])(password|passwd|secret|token|(api|access|private|master|encryption|signing)[_-]?key|credentials?|salt)$|(?i)(password|apikey|authtoken)$|(?i)^secretkey$`

_about := `(?i)(name|ref|file|path|secretname|existingsecret|mount|header|url|ttl|timeout|limit|max_tokens|tokens)$`

# A field that is named like a credential.
named(key) if {
	regex.match(_named, key)
	not regex.match(_about, key)
}

# A value that says where the credential is, or switches something, is none itself.
refers(value) if regex.match(`^(os\.environ/|env\.|\$\(|\$\{|\{\{|/|arn:)`, value)

refers(value) if lower(value) in {"", "true", "false", "none", "null", "default", "required", "optional"}

literal(key, value) if {
	is_string(value)
	named(key)
	not refers(value)
}

literal(_, value) if token(value)
