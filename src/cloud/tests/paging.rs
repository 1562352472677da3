//! Lists that come in pages.

use super::stage::{LISTED, PRODUCTS, Stage, lists, of, refuses, says};
use super::*;

#[tokio::test]
async fn pages_by_offset_end_with_the_count() {
    // The service gives two rows, whatever it is asked for.
    let mock = Mock::new([page(0..2, 5), page(1..4, 6), page(4..5, 6)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    let backups = cloud.backups_with("i-1", vec![("Limit", json!(100))]).await.unwrap();
    let ids: Vec<&str> = backups.iter().map(|backup| backup.backup.as_str()).collect();
    assert_eq!(ids, ["b04", "b03", "b02", "b01", "b00"], "newest first, each once");
    assert_eq!(queries(&mock, "Offset"), some(&["0", "2", "5"]));
    assert_eq!(queries(&mock, "Limit"), some(&["100"; 3]));
    assert_eq!(queries(&mock, "Status.1"), some(&["2"; 3]));
    assert_eq!(queries(&mock, "Instance"), some(&["i-1"; 3]));
}

#[tokio::test]
async fn pages_start_where_the_caller_says() {
    let mock = Mock::new([page(3..4, 5), page(4..5, 5)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    assert_eq!(cloud.backups_with("i-1", vec![("Offset", json!(3))]).await.unwrap().len(), 2);
    assert_eq!(queries(&mock, "Offset"), some(&["3", "4"]));
}

#[tokio::test]
async fn an_empty_page_ends_even_a_wrong_count() {
    let mock = Mock::new([page(0..2, 9), page(0..0, 9)]);
    assert_eq!(builder(&SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 2);
    let mock = Mock::new([canned(200, r#"{"Response": {"Total": 0}}"#)]);
    assert_eq!(builder(&SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap(), []);
}

#[tokio::test]
async fn a_list_that_is_none_is_an_error() {
    let mock = Mock::new([canned(200, "{}")]);
    let error = builder(&SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("neither a list nor its length"), "{error}");
}

#[tokio::test]
async fn a_service_that_repeats_pages_is_found_out() {
    let mock = Mock::new([page(0..2, 5)]);
    let error = builder(&SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("page 2 repeats an earlier one, after 4 of 5 rows"), "{error}");
    assert_eq!(mock.urls().len(), 2);

    let mock = Mock::new([page(0..2, 500), page(2..4, 500), page(0..2, 500)]);
    assert!(builder(&PAGE_SERVICE, &mock).build().unwrap().backups("i-1").await.is_err());
    assert_eq!(queries(&mock, "Page"), some(&["1", "2", "3"]));

    let mock = Mock::new([canned(200, r#"{"Response": {"Set": [], "Next": "t"}}"#)]);
    let error = builder(&TOKEN_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("the list does not end"), "{error}");
    assert_eq!(mock.urls().len(), 2);
}

#[tokio::test]
async fn without_a_count_a_short_page_is_the_last() {
    let mock = Mock::new([page(0..2, 0), page(2..3, 0)]);
    assert_eq!(builder(&UNCOUNTED_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 3);
    assert_eq!(queries(&mock, "Offset"), some(&["0", "2"]), "the documented default says how long a page is");
    // A service that knows no pages gives all rows each time.
    let mock = Mock::new([page(0..2, 0)]);
    assert_eq!(builder(&UNCOUNTED_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 2);
    let mock = Mock::new([page(0..2, 0)]);
    assert_eq!(builder(&UNPAGED_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 2);
    assert_eq!(queries(&mock, "Offset"), [None]);
}

#[tokio::test]
async fn numbered_pages_and_tokens_go_on() {
    let mock = Mock::new([page(0..2, 3), page(2..3, 3)]);
    assert_eq!(builder(&PAGE_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 3);
    assert_eq!(queries(&mock, "Page"), some(&["1", "2"]));
    let token =
        |ids, next: Value| canned(200, json!({"Response": {"Set": rows(ids), "Next": next}}).to_string());
    let mock = Mock::new([token(0..2, json!("t&1")), token(0..0, json!("u")), token(2..3, json!(""))]);
    assert_eq!(builder(&TOKEN_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 3);
    assert_eq!(queries(&mock, "Token"), [None, Some("t&1".to_owned()), Some("u".to_owned())]);
}

/// A service whose list has no end: every page has a row of its own.
struct NoEnd(std::sync::atomic::AtomicUsize);

impl Transport for NoEnd {
    fn send(&self, _: transport::Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        let id = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = json!({"Response": {"Set": [{"Id": id.to_string()}], "Total": 1_000_000_000}}).to_string();
        let body = Box::new(Some(Bytes::from(body)));
        Box::pin(std::future::ready(Ok(Response { status: 200, headers: Vec::new(), body })))
    }
}

#[tokio::test]
async fn the_last_row_can_be_the_token() {
    let page = |ids| canned(200, json!({"Response": {"Set": rows(ids)}}).to_string());
    let mock = Mock::new([page(0..2), page(2..3), page(0..0)]);
    assert_eq!(builder(&MARKER_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 3);
    assert_eq!(queries(&mock, "Token"), [None, Some("b01".to_owned()), Some("b02".to_owned())]);
    let alone = canned(200, json!({"Response": {"Set": {"Id": "b7"}}}).to_string());
    let mock = Mock::new([alone, canned(200, json!({"Response": {"Set": ""}}).to_string())]);
    assert_eq!(builder(&MARKER_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 1);
    assert_eq!(queries(&mock, "Token"), [None, Some("b7".to_owned())]);
}

#[tokio::test]
async fn a_flag_says_whether_more_follow() {
    let page =
        |ids, more: Value| canned(200, json!({"Response": {"Set": rows(ids), "More": more}}).to_string());
    // A short page is not the last where the flag says so, and a full one is where it does not.
    let mock = Mock::new([page(0..1, json!(true)), page(1..3, json!("1")), page(3..5, json!(false))]);
    assert_eq!(builder(&FLAG_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 5);
    assert_eq!(queries(&mock, "Page"), some(&["0", "1", "2"]));
    let mock = Mock::new([page(0..1, json!(true)), page(0..1, json!(true))]);
    let error = builder(&FLAG_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("page 2 repeats an earlier one, after 2 rows"), "{error}");
}

#[tokio::test]
async fn links_lead_to_the_next_page() {
    let page = |ids, link: &str| {
        let mut page = canned(200, json!({"Response": {"Set": rows(ids)}}).to_string()).unwrap();
        page.headers.push(("link".to_owned(), link.to_owned()));
        Ok(page)
    };
    let first = "</a?Token=0>; rel=\"prev\", <https://h.example/x?a=1&Token=t%261#Token=no>; rel=\"next\"";
    let mock = Mock::new([page(0..2, first), page(2..3, "</a?Token=0>; rel=\"first\"")]);
    assert_eq!(builder(&LINK_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap().len(), 3);
    assert_eq!(queries(&mock, "Token"), [None, Some("t&1".to_owned())]);
    let mock = Mock::new([page(0..2, "/next?page=2")]);
    let error = builder(&LINK_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("the link to the next page does not hold Token"), "{error}");
}

#[tokio::test]
async fn a_list_without_end_ends() {
    let endless = Arc::new(NoEnd(0.into()));
    let cloud = builder(&SERVICE, &Mock::new([])).transport(endless.clone()).build().unwrap();
    let error = cloud.backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("10000 pages were read"), "{error}");
    assert_eq!(endless.0.load(std::sync::atomic::Ordering::Relaxed), 10_000);
}

#[tokio::test]
async fn an_error_on_a_later_page_is_not_swallowed() {
    let mock = Mock::new([page(0..2, 5), canned(200, r#"{"Response": {"Error": {"Code": "AuthX"}}}"#)]);
    let error = builder(&SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert_eq!(error.api().unwrap().code, "AuthX");
}

#[test]
fn places_of_elements_mean_the_list() {
    let steps = &[Step::Key("Set"), Step::Each];
    let place = crate::place::Place { root: Root::Body, steps };
    assert_eq!(pages::list(&place).steps, &[Step::Key("Set")]);
}

/// The ids of what is left of a list.
async fn ids(cloud: &Cloud) -> Vec<String> {
    let listing = cloud.list_backups("i-1", Parameters::new()).await.unwrap();
    listing.collect().await.unwrap().into_iter().map(|backup| backup.backup).collect()
}

#[tokio::test]
async fn pages_are_fetched_when_their_rows_are_wanted() {
    let mock = Mock::new([page(0..2, 5), page(2..4, 5), page(4..5, 5)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    let mut listing = cloud.list_backups("i-1", Parameters::new()).await.unwrap();
    let mut asked = vec![mock.urls().len()];
    while let Some(row) = listing.next().await {
        row.unwrap();
        asked.push(mock.urls().len());
    }
    assert_eq!(asked, [0, 1, 1, 2, 2, 3]);
    assert!(listing.next().await.is_none(), "the end is the end");
    assert_eq!(mock.urls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_row_that_is_no_longer_waited_for_is_not_lost() {
    let pages = vec![of(3, rows(0..2)), of(3, rows(2..3))];
    let stage = Stage::slow(Duration::from_secs(5), [("List", pages)]);
    let cloud = stage.client(&LISTED);
    let mut listing = cloud.list_backups("i-1", Parameters::new()).await.unwrap();
    let mut found = Vec::new();
    let mut dropped = 0;
    loop {
        match tokio::time::timeout(Duration::from_secs(2), listing.next()).await {
            Err(_) => dropped += 1,
            Ok(Some(row)) => found.push(row.unwrap().backup),
            Ok(None) => break,
        }
    }
    assert_eq!((found, dropped), (["b00", "b01", "b02"].map(str::to_owned).to_vec(), 4));
    assert_eq!(stage.when("List"), [0, 5000], "each page is asked for once");
}

#[tokio::test]
async fn rows_come_before_the_error_and_nothing_after_it() {
    let refused = || canned(200, r#"{"Response": {"Error": {"Code": "AuthX"}}}"#);
    let mock = Mock::new([page(0..2, 5), refused(), page(2..4, 5)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    let mut listing = cloud.list_backups("i-1", Parameters::new()).await.unwrap();
    for _ in 0..2 {
        assert!(listing.next().await.unwrap().is_ok());
    }
    assert!(listing.next().await.unwrap().is_err());
    assert!(listing.next().await.is_none());

    // The last page is whole, but says that it was there already.
    let token = |ids| canned(200, json!({"Response": {"Set": rows(ids), "Next": "t"}}).to_string());
    let mock = Mock::new([token(0..1), token(1..2)]);
    let cloud = builder(&TOKEN_SERVICE, &mock).build().unwrap();
    let mut listing = cloud.list_backups("i-1", Parameters::new()).await.unwrap();
    for id in ["b00", "b01"] {
        assert_eq!(listing.next().await.unwrap().unwrap().backup, id);
    }
    assert!(listing.next().await.unwrap().unwrap_err().to_string().contains("does not end"));
    assert!(listing.next().await.is_none());
}

#[tokio::test]
async fn tokens_that_go_in_a_circle_are_found_out() {
    let token = |id: usize, next: &str| {
        canned(200, json!({"Response": {"Set": rows(id..id + 1), "Next": next}}).to_string())
    };
    let mock = Mock::new([token(0, "a"), token(1, "b"), token(2, "c"), token(3, "a")]);
    let error = builder(&TOKEN_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("names a page that was read already"), "{error}");
    assert_eq!(mock.urls().len(), 4);
}

#[tokio::test]
async fn a_count_of_too_few_is_none() {
    let mock = Mock::new([page(0..2, 0), page(2..4, 0), page(4..5, 0)]);
    assert_eq!(ids(&builder(&SERVICE, &mock).build().unwrap()).await.len(), 5);
    // It ignores the offset as well.
    let mock = Mock::new([page(0..2, 1)]);
    assert_eq!(ids(&builder(&SERVICE, &mock).build().unwrap()).await.len(), 2);
    assert_eq!(mock.urls().len(), 2);
}

#[tokio::test]
async fn what_moves_up_when_rows_are_deleted_is_read_all_the_same() {
    // Of a, b, c, d, e the first was deleted when two had been read, so that c is the second of four.
    let row = |ids: &[usize], total| {
        let rows: Value = ids.iter().flat_map(|id| rows(*id..*id + 1).as_array().unwrap().clone()).collect();
        canned(200, json!({"Response": {"Set": rows, "Total": total}}).to_string())
    };
    let mock = Mock::new([row(&[0, 1], 5), row(&[3, 4], 4), row(&[2, 3], 4), row(&[4], 4)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    assert_eq!(ids(&cloud).await, ["b00", "b01", "b03", "b04", "b02"]);
    assert_eq!(queries(&mock, "Offset"), some(&["0", "2", "1", "3"]));

    // The same where pages have numbers: the page before is read again.
    let mock = Mock::new([row(&[0, 1], 5), row(&[3, 4], 4), row(&[1, 2], 4), row(&[3, 4], 4)]);
    let cloud = builder(&PAGE_SERVICE, &mock).build().unwrap();
    assert_eq!(ids(&cloud).await, ["b00", "b01", "b03", "b04", "b02"]);
    assert_eq!(queries(&mock, "Page"), some(&["1", "2", "1", "2"]));

    // All that was read is gone, and the next page is empty.
    let mock = Mock::new([row(&[0, 1], 4), row(&[], 2), row(&[2, 3], 2)]);
    let cloud = builder(&SERVICE, &mock).build().unwrap();
    assert_eq!(ids(&cloud).await, ["b00", "b01", "b02", "b03"]);
    assert_eq!(queries(&mock, "Offset"), some(&["0", "2", "0"]));
}

/// A service that counts what is left instead of all.
struct CountsDown(std::sync::atomic::AtomicUsize);

impl Transport for CountsDown {
    fn send(&self, request: transport::Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = url::Url::parse(&request.url).unwrap();
        let offset = url.query_pairs().find(|(key, _)| key == "Offset");
        let offset: usize = offset.map_or(0, |(_, value)| value.parse().unwrap());
        let answer = page(offset.min(9)..(offset + 2).min(9), 9_usize.saturating_sub(offset));
        Box::pin(std::future::ready(answer.map(Canned::response)))
    }
}

#[tokio::test]
async fn a_count_that_falls_and_falls_does_not_go_on_for_ever() {
    let service = Arc::new(CountsDown(0.into()));
    let cloud = builder(&SERVICE, &Mock::new([])).transport(service.clone()).build().unwrap();
    assert_eq!(ids(&cloud).await.len(), 9);
    assert!(service.0.load(std::sync::atomic::Ordering::Relaxed) < 15);
}

#[tokio::test]
async fn a_flag_goes_before_empty_pages_and_missing_tokens() {
    let page = |ids, more| canned(200, json!({"Response": {"Set": rows(ids), "More": more}}).to_string());
    let mock = Mock::new([page(0..1, true), page(0..0, true), page(0..0, true), page(1..2, false)]);
    assert_eq!(ids(&builder(&FLAG_SERVICE, &mock).build().unwrap()).await, ["b00", "b01"]);
    assert_eq!(queries(&mock, "Page"), some(&["0", "1", "2", "3"]));
    // Skipping no row brings the same page again.
    let mock = Mock::new([page(0..0, true)]);
    let error = builder(&FLAG_OFFSET_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("more is to follow, but no row came"), "{error}");
    assert_eq!(mock.urls().len(), 1);
    let mock = Mock::new([page(0..1, true)]);
    let error = builder(&FLAG_TOKEN_SERVICE, &mock).build().unwrap().backups("i-1").await.unwrap_err();
    assert!(error.to_string().contains("more is to follow, but not how"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_shows_on_two_pages_has_its_files_once() {
    let row = |id: &str| json!({"Id": id, "Url": format!("http://h/{id}")});
    let stage = Stage::new([(
        "List",
        vec![of(3, json!([row("b3"), row("b2")])), of(4, json!([row("b2"), row("b1")]))],
    )]);
    let links = stage.client(&LISTED).backup_links(&BackupId::new("i-1", "b2")).await.unwrap();
    assert_eq!(links.files.len(), 1);
    // The files of one backup are all read, also on one page.
    let stage = Stage::new([("List", vec![lists(json!([row("b2"), row("b2"), row("b1")]))])]);
    let links = stage.client(&LISTED).backup_links(&BackupId::new("i-1", "b2")).await.unwrap();
    assert_eq!(links.files.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_breaks_off_tells_no_half() {
    let stage =
        Stage::new([("Instances", vec![of(3, json!([{"Id": "i-1"}, {"Id": "i-2"}])), refuses("Denied")])]);
    let error = stage.client(&PRODUCTS).instances().await.unwrap_err();
    assert_eq!(error.api().unwrap().code, "Denied");
    let stage = Stage::new([("Instances", vec![says(json!({}))])]);
    let error = stage.client(&PRODUCTS).instances().await.unwrap_err();
    assert!(error.to_string().contains("neither a list nor its length"), "{error}");
}
