use object_store::memory::InMemory;
use rdbfetch::BackupId;

use super::*;
use crate::manifest::Subject;

fn store() -> Store {
    Store { inner: Arc::new(InMemory::new()), path: Path::from("a/b"), shown: "mem://x/a/b".to_owned() }
}

#[tokio::test]
async fn small_files_are_written_read_listed_and_removed() {
    let root = store();
    let below = root.below(&["i-1".to_owned()]);
    assert!(below.list("", "").await.unwrap().is_empty());
    assert_eq!(below.read("x.json", 9).await.unwrap(), None);
    for text in ["one", "two"] {
        below.write("x.json", text.into()).await.unwrap();
        assert_eq!(below.read("x.json", 9).await.unwrap().unwrap(), text.as_bytes());
    }
    below.write("y.txt", b"y".to_vec()).await.unwrap();
    below.below(&["deeper".to_owned()]).write("x.json", b"z".to_vec()).await.unwrap();
    assert_eq!(below.list("x", ".json").await.unwrap(), ["x.json"]);
    assert_eq!(root.list("", "").await.unwrap(), Vec::<String>::new());
    assert_eq!(below.size("x.json").await.unwrap(), Some(3));
    let two = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";
    assert_eq!(below.sha256("x.json").await.unwrap().unwrap(), two);
    assert!(below.read("x.json", 2).await.unwrap_err().message().contains("mem://x/a/b/i-1/x.json"));
    below.remove("x.json").await.unwrap();
    below.remove("x.json").await.unwrap();
    assert_eq!(below.size("x.json").await.unwrap(), None);
}

fn shelf(store: &Store) -> Shelf {
    let subject = Subject {
        service: "acme",
        region: None,
        project: None,
        id: BackupId::new("i", "b"),
        created_at: None,
    };
    let manifest = Arc::new(Mutex::new(Manifest::new(&subject)));
    Shelf { store: store.clone(), name: "i-b.manifest.json".to_owned(), manifest }
}

#[tokio::test]
async fn nothing_is_there_that_was_given_up() {
    let store = store();
    let shelf = shelf(&store);
    for length in [3_usize, 6 << 20, 16 << 20] {
        let mut sink = shelf.begin("f.rdb", Some(length as u64)).await.unwrap();
        for piece in vec![7_u8; length].chunks(300_000) {
            sink.write(Bytes::copy_from_slice(piece)).await.unwrap();
        }
        assert!(sink.discard().await);
        drop(shelf.begin("f.rdb", None).await.unwrap());
        assert_eq!(store.size("f.rdb").await.unwrap(), None);
        assert!(shelf.read("f.rdb").await.unwrap().is_none());
    }
}

#[test]
fn parts_are_few_and_not_too_small() {
    let store = store();
    let upload = |size| Upload::new(shelf(&store), Path::from("f"), size);
    for size in [0_u64, 1, 5 << 20, 50 << 30, 5 << 40] {
        let part = upload(Some(size)).next();
        assert!(part >= 5 << 20 && size.div_ceil(part) <= 10_000, "{size}: {part}");
    }
    assert_eq!(upload(None).next(), 5 << 20);
}

#[test]
fn urls_hold_no_keys() {
    for (url, why) in [
        ("s3://AKID:hush@bucket/x", "keys belong into the environment"),
        ("s3://bucket/x?sig=hush", "keys belong into the environment"),
        ("s3:", "--dir s3:"),
        ("ftp://host/x", "--dir ftp://host/x"),
    ] {
        let failure = Store::open(url).unwrap_err();
        assert!(failure.message().contains(why), "{url}: {}", failure.message());
        assert!(!failure.message().contains("hush"), "{}", failure.message());
    }
}

#[test]
fn errors_show_no_signatures() {
    let source =
        "Error performing PUT https://x.blob.example/c/f?sig=hush&se=1 in 2s,\n after 3 retries".into();
    let why = Error::Generic { store: "x", source };
    assert!(!text(&why).contains("hush") && text(&why).contains("https://x.blob.example/c/f in 2s"));
    let long = Error::Generic { store: "x", source: "y".repeat(5000).into() };
    assert!(text(&long).chars().count() <= LONGEST + 1);
}
