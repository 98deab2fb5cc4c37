use store::Page;

use crate::fixtures::{World, minutes, now, project};

#[tokio::test]
async fn a_project_is_found_again_as_it_was_stored() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let roadmap = project("Roadmap '; drop table app.projects; --");
    let mut tx = world.tenant(&acme).await;
    tx.insert_project(&roadmap).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        world.tenant(&acme).await.project(roadmap.id).await.unwrap(),
        Some(roadmap)
    );
}

#[tokio::test]
async fn pages_follow_one_another_without_gap_or_repeat() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let stored: Vec<_> = ["one", "two", "three", "four", "five"].map(project).into();
    let mut tx = world.tenant(&acme).await;
    for project in &stored {
        tx.insert_project(project).await.unwrap();
    }
    let (mut seen, mut page) = (Vec::new(), Page::first(2));
    loop {
        let listed = tx.projects(&page).await.unwrap();
        page.after = listed.items.last().map(|project| project.id);
        seen.extend(listed.items);
        if !listed.more {
            break;
        }
    }
    assert_eq!(seen, stored);
}

#[tokio::test]
async fn a_change_needs_the_version_that_was_read() {
    let world = World::new().await;
    let acme = world.organization('a').await;
    let mut roadmap = project("Roadmap");
    let mut tx = world.tenant(&acme).await;
    tx.insert_project(&roadmap).await.unwrap();
    roadmap.name = "Plan".parse().unwrap();
    roadmap.updated_at = now() + minutes(1);
    assert_eq!(tx.save_project(&roadmap).await.unwrap(), Some(2));
    assert_eq!(tx.save_project(&roadmap).await.unwrap(), None);
    assert!(!tx.delete_project(roadmap.id, Some(1)).await.unwrap());
    assert!(tx.delete_project(roadmap.id, Some(2)).await.unwrap());
    assert!(!tx.delete_project(roadmap.id, None).await.unwrap());
}
