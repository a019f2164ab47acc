//! What must not compile: any way into a training set but an admission, any way to change a run.

#[test]
fn an_admission_is_the_only_way_in_and_nothing_leads_back() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail_past/*.rs");
}
