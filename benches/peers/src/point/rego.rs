//! Rego by regorus: compiled for its virtual machine, the facts resolved beforehand, every input
//! prebuilt.

use std::hint::black_box;

use may_train::{Ground, Grounds};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Rc, Value};
use serde_json::{Map, json};

use super::Decider;
use super::facts::{Facts, excluded_from};
use crate::versions;
use crate::workload::PLACES;

const ENTRY: &str = "data.training.grounds";

pub struct Rego {
    machine: RegoVM,
    inputs: Vec<Value>,
}

impl Rego {
    pub fn new(facts: &[Facts]) -> Self {
        Self { machine: machine(), inputs: facts.iter().map(input).collect() }
    }
}

/// The grounds, as the machine gives them.
fn decide(machine: &mut RegoVM, input: &Value) -> Value {
    machine.set_input(input.clone());
    machine.execute_entry_point_by_index(0).expect("an answer")
}

impl Decider for Rego {
    fn name(&self) -> String {
        format!("regorus {}", versions::of("regorus"))
    }

    fn formulation(&self) -> &'static str {
        "its virtual machine, facts resolved and input built beforehand"
    }

    fn decide_all(&mut self) {
        for input in &self.inputs {
            black_box(decide(&mut self.machine, input));
        }
    }

    fn grounds(&mut self, case: usize) -> Grounds {
        let grounds = decide(&mut self.machine, &self.inputs[case]);
        let ground = |code: &Value| -> Ground {
            code.as_string().expect("a code").parse().expect("a ground")
        };
        grounds.as_set().expect("a set").iter().map(ground).collect()
    }
}

/// The machine with the policy, and since when which place is excluded.
fn machine() -> RegoVM {
    let excluded: Map<_, _> = PLACES
        .iter()
        .filter_map(|place| Some(((*place).to_owned(), excluded_from(place)?.into())))
        .collect();
    let data = value(&json!({ "excluded_from": excluded }));
    let mut engine = Engine::new();
    let policy = include_str!("policy.rego");
    engine.add_policy("policy.rego".to_owned(), policy.to_owned()).expect("a module");
    engine.add_data(data.clone()).expect("data");
    let compiled = engine.compile_with_entrypoint(&Rc::from(ENTRY)).expect("a policy");
    let program = Compiler::compile_from_policy(&compiled, &[ENTRY]).expect("a program");
    let mut machine = RegoVM::new_with_policy(compiled);
    machine.load_program(program);
    machine.set_data(data).expect("data");
    machine
}

fn input(facts: &Facts) -> Value {
    let mut input = json!({
        "as_of": facts.as_of, "created_at": facts.created_at, "sampled": facts.sampled,
        "kind": facts.kind, "opted_out": facts.opted_out, "adult_at": facts.adult_at,
    });
    for (name, place) in [("home", facts.home), ("origin", facts.origin)] {
        if let Some(place) = place {
            input[name] = place.into();
        }
    }
    value(&input)
}

fn value(json: &serde_json::Value) -> Value {
    Value::from_json_str(&json.to_string()).expect("a value")
}
