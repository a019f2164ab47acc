//! What must not compile: a decision, a grounds' set or a rule made by hand, ids that are mixed up, a
//! decision that outlives its registry. Each case stands in `cases` with what the compiler says.

#[test]
fn what_must_not_compile_does_not() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
