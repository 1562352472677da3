//! Compares a document with the spec of its operation.
use rdbfetch_codegen::{Folder, written};
use rdbfetch_spec_tools::{
    compare::{Spec, compare},
    document::Document,
};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = Folder::read(std::path::Path::new(&args[0])).unwrap();
    let services = written(folder.files()).unwrap();
    for path in &args[1..] {
        let document = Document::read(&std::fs::read_to_string(path).unwrap());
        let service = &services[0];
        let name = document.operation.as_ref().unwrap().what.clone();
        let operation = service.operations.iter().find(|one| one.name == name).unwrap();
        let text =
            |end: &str| folder.files().iter().find(|file| file.path.ends_with(end)).unwrap().text.as_str();
        let spec = Spec {
            service: &service.name,
            shared: &service.service,
            shared_text: text("service.yaml"),
            operation: &operation.name,
            path: &operation.path,
            text: text(&format!("{name}.yaml")),
            spec: &operation.spec,
        };
        println!("{}\n", compare(&spec, path.rsplit('/').next().unwrap(), &document));
    }
}
