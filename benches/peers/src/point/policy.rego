# The grounds against a record. What stood at an instant is told: the home is the residence at the
# cut-off, the origin that at the creation. Whoever has an origin has a home.

package training

import rego.v1

grounds := without_policy if input.as_of < 1726617600000000

else := under_policy

without_policy contains "no-policy-in-force"

without_policy contains "not-yet-created" if input.created_at > input.as_of

under_policy contains "region-excluded" if data.excluded_from[input.home] <= input.as_of

under_policy contains "region-excluded" if data.excluded_from[input.origin] <= input.as_of

under_policy contains "opted-out" if input.opted_out

under_policy contains "kind-not-covered" if {
	input.kind == "message"
	input.home
}

under_policy contains "under-age" if {
	input.sampled < input.adult_at
	input.home
}

under_policy contains "not-yet-created" if input.created_at > input.as_of

under_policy contains "residence-unknown" if not input.origin
