//! Two people who edit one project: the second does not overwrite what they have not seen.

use futures::future::join_all;

use super::Projects;

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_the_version_that_was_read() {
    for projects in Projects::both().await {
        let path = projects.created("First").await;
        for (tag, status, code) in [
            (None, 428, "precondition_required"),
            (Some("\"2\""), 412, "precondition_failed"),
            (Some("\"\""), 412, "precondition_failed"),
            (Some("W/\"1\""), 412, "precondition_failed"),
            (Some("1"), 400, "malformed_request"),
            (Some(""), 400, "malformed_request"),
        ] {
            let answer = projects.rename(&path, tag, "Second").await;
            answer.assert_problem(status, code);
        }
        assert_eq!(projects.show(&path).await.json()["name"], "First");
        for tag in ["\"1\"", "\"9\", \"2\"", "*"] {
            let answer = projects.rename(&path, Some(tag), "Second").await;
            answer.assert_status(200);
        }
        assert_eq!(projects.show(&path).await.header("etag"), Some("\"4\""));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_may_name_the_version_and_then_needs_it() {
    for projects in Projects::both().await {
        let path = projects.created("First").await;
        for (tag, status, code) in [
            ("\"2\"", 412, "precondition_failed"),
            ("x", 400, "malformed_request"),
        ] {
            let answer = projects.delete(&path, Some(tag)).await;
            answer.assert_problem(status, code);
        }
        let answer = projects.delete(&path, Some("\"1\"")).await;
        answer.assert_status(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_writers_at_once_with_one_version_exactly_one_wins() {
    for projects in Projects::both().await {
        let path = projects.created("First").await;
        for version in 1..=5 {
            let tag = format!("\"{version}\"");
            let names: Vec<String> = (0..20).map(|writer| format!("By {writer}")).collect();
            let writers = names
                .iter()
                .map(|name| projects.rename(&path, Some(&tag), name));
            let answers = join_all(writers).await;
            let (won, lost): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1, "{answers:?}");
            for answer in lost {
                answer.assert_problem(412, "precondition_failed");
            }
            assert_eq!(projects.show(&path).await.json(), won[0].json());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_deleted_once_however_many_try() {
    for projects in Projects::both().await {
        let path = projects.created("First").await;
        let answers = join_all((0..10).map(|_| projects.delete(&path, None))).await;
        let gone = answers.iter().filter(|answer| answer.status == 204).count();
        assert_eq!(gone, 1, "{answers:?}");
    }
}
