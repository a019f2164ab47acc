//! Quick start: may this post enter a training set with the cut-off 1 October 2024, and why?

use may_train::{Choice, ChosenBy, Policy, Record, Registry, Subject};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let policy = Policy::shipped("linkedin")?;
    let (ada, ben) = ("ada".parse()?, "ben".parse()?);

    let mut registry = Registry::new();
    registry.insert(Subject::new(ada).with_residence("GB".parse()?, "2019-01-01".parse()?))?;
    registry.insert(
        Subject::new(ben).with_residence("US-CA".parse()?, "2019-01-01".parse()?).with_choice(
            Choice::OptOut,
            ChosenBy::Subject,
            policy.purpose().clone(),
            "2024-09-25T09:30:00Z".parse()?,
        ),
    )?;

    for (author, cut_off) in [("ada", "2024-10-01"), ("ben", "2024-09-18"), ("ben", "2024-10-01")] {
        let post = Record::new("r1".parse()?, "post".parse()?, "2023-02-01".parse()?);
        let post = post.with_subject(author.parse()?);
        let view = registry.view(&policy, cut_off.parse()?);
        println!("{author}'s post, {cut_off}: {}", view.explain(&post));
    }
    Ok(())
}
