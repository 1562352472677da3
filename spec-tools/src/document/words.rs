//! The words that vendors' pages use, in Chinese and English: what a column is about, what a section is about, what a
//! type is called. Data, so that another style is another line.

/// What a column of a table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// The name of a field.
    Name,
    /// Its type.
    Kind,
    /// Whether it has to be there.
    Required,
    /// What counts where it is left out.
    Default,
    /// What it means.
    Text,
    /// An example of it.
    Example,
    /// The code of an error.
    Code,
    /// The HTTP status of an error.
    Status,
    /// The short text of an error.
    Message,
}

/// What a part of a page is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Nothing in particular.
    Other,
    /// What a request takes.
    Parameters,
    /// What an answer holds.
    Response,
    /// Object types.
    Objects,
    /// Error codes.
    Errors,
    /// Worked examples of both kinds.
    Examples,
    /// Examples of requests.
    RequestExample,
    /// Examples of answers.
    ResponseExample,
    /// The method of requests.
    Method,
    /// Where requests go.
    Address,
}

use Column::{Code, Default, Example, Kind, Message, Name, Required, Status, Text};

/// Heads of columns; of two that begin alike, the longer stands first.
const HEADS: &[(&str, Column)] = &[
    ("参数名称", Name),
    ("参数名", Name),
    ("字段名称", Name),
    ("字段名", Name),
    ("参数类型", Kind),
    ("参数描述", Text),
    ("参数说明", Text),
    ("参数", Name),
    ("字段", Name),
    ("名称", Name),
    ("成员", Name),
    ("parameter name", Name),
    ("parameter type", Kind),
    ("parameter description", Text),
    ("parameter", Name),
    ("field name", Name),
    ("field", Name),
    ("member", Name),
    ("name", Name),
    ("数据类型", Kind),
    ("类型", Kind),
    ("data type", Kind),
    ("type", Kind),
    ("是否必选", Required),
    ("是否必需", Required),
    ("是否必填", Required),
    ("是否必须", Required),
    ("必选", Required),
    ("必需", Required),
    ("必填", Required),
    ("必须", Required),
    ("required or not", Required),
    ("is required", Required),
    ("required", Required),
    ("mandatory", Required),
    ("默认值", Default),
    ("缺省值", Default),
    ("default value", Default),
    ("default", Default),
    ("描述信息", Text),
    ("错误描述", Text),
    ("描述", Text),
    ("说明", Text),
    ("含义", Text),
    ("备注", Text),
    ("error description", Text),
    ("description information", Text),
    ("description", Text),
    ("remarks", Text),
    ("meaning", Text),
    ("示例值", Example),
    ("示例", Example),
    ("example value", Example),
    ("example", Example),
    ("错误代码", Code),
    ("错误码", Code),
    ("错误返回码", Code),
    ("返回码", Code),
    ("http状态码", Status),
    ("http 状态码", Status),
    ("状态码", Status),
    ("error code", Code),
    ("return code", Code),
    ("http status code", Status),
    ("http status", Status),
    ("http code", Status),
    ("status code", Status),
    ("code", Code),
    ("错误信息", Message),
    ("错误消息", Message),
    ("英文提示", Message),
    ("英文描述", Message),
    ("error message", Message),
    ("message", Message),
];

/// What parts of pages are called. The first that a heading holds decides.
const SECTIONS: &[(&str, Section)] = &[
    ("请求示例", Section::RequestExample),
    ("输入示例", Section::RequestExample),
    ("request example", Section::RequestExample),
    ("example request", Section::RequestExample),
    ("sample request", Section::RequestExample),
    ("input example", Section::RequestExample),
    ("返回示例", Section::ResponseExample),
    ("响应示例", Section::ResponseExample),
    ("输出示例", Section::ResponseExample),
    ("response example", Section::ResponseExample),
    ("example response", Section::ResponseExample),
    ("sample response", Section::ResponseExample),
    ("output example", Section::ResponseExample),
    ("the returned results are as below", Section::ResponseExample),
    ("返回结果如下", Section::ResponseExample),
    ("输入参数", Section::Parameters),
    ("请求参数", Section::Parameters),
    ("公共参数", Section::Parameters),
    ("路径参数", Section::Parameters),
    ("input parameter", Section::Parameters),
    ("request parameter", Section::Parameters),
    ("public parameter", Section::Parameters),
    ("common parameter", Section::Parameters),
    ("path parameter", Section::Parameters),
    ("输出参数", Section::Response),
    ("返回参数", Section::Response),
    ("返回字段", Section::Response),
    ("响应参数", Section::Response),
    ("响应字段", Section::Response),
    ("返回结果", Section::Response),
    ("output parameter", Section::Response),
    ("response parameter", Section::Response),
    ("response field", Section::Response),
    ("response element", Section::Response),
    ("return parameter", Section::Response),
    ("returned parameter", Section::Response),
    ("数据模型", Section::Objects),
    ("数据结构", Section::Objects),
    ("data structure", Section::Objects),
    ("data model", Section::Objects),
    ("data type", Section::Objects),
    ("错误码", Section::Errors),
    ("返回码", Section::Errors),
    ("error code", Section::Errors),
    ("return code", Section::Errors),
    ("请求方式", Section::Method),
    ("请求方法", Section::Method),
    ("request method", Section::Method),
    ("请求地址", Section::Address),
    ("request address", Section::Address),
    ("request url", Section::Address),
    ("示例", Section::Examples),
    ("example", Section::Examples),
    ("接口描述", Section::Other),
    ("description", Section::Other),
    ("使用方法", Section::Other),
    ("开发者资源", Section::Other),
    ("developer resources", Section::Other),
];

/// What a line is called that announces a part and has nothing else in it: too short to be looked for inside of headings.
const ALONE: &[(&str, Section)] = &[
    ("输入", Section::RequestExample),
    ("请求", Section::RequestExample),
    ("input", Section::RequestExample),
    ("request", Section::RequestExample),
    ("输出", Section::ResponseExample),
    ("返回", Section::ResponseExample),
    ("返回示例如下", Section::ResponseExample),
    ("output", Section::ResponseExample),
    ("response", Section::ResponseExample),
    ("the returned result is as below", Section::ResponseExample),
    ("the returned result is as follow", Section::ResponseExample),
    ("the returned results are as follow", Section::ResponseExample),
    ("the response is as follow", Section::ResponseExample),
];

/// Texts that say that something is on its way out.
pub const DEPRECATED: &[&str] = &[
    "废弃",
    "弃用",
    "历史原因",
    "即将下线",
    "已下线",
    "不再使用",
    "不推荐",
    "going offline",
    "deprecated",
    "abandoned",
    "discontinued",
    "obsolete",
    "disused",
    "historical reasons",
    "no longer used",
];

/// Texts that say that something can be null.
pub const NULLABLE: &[&str] =
    &["可能返回 null", "可能返回null", "may return null", "may be null", "can be null", "might be null"];

/// What a column of this head is about.
pub fn column(head: &str) -> Option<Column> {
    let head = head.trim().to_lowercase();
    HEADS.iter().find(|(word, _)| *word == head).map(|(_, column)| *column)
}

/// The columns of a line that is all heads with blanks between them.
pub fn columns(line: &str) -> Option<Vec<Column>> {
    heads(line, |after| after.is_empty() || after.starts_with(char::is_whitespace))
        .filter(|found| is_head(found))
}

/// Whether a line is the heads of a table without anything between them.
pub fn is_run_together(line: &str) -> bool {
    heads(line, |_| true).is_some_and(|found| found.len() > 2 && is_head(&found))
}

/// The columns of a line that is all heads, the longest that fit; `ends` says whether a head can end before a text.
fn heads(line: &str, ends: impl Fn(&str) -> bool) -> Option<Vec<Column>> {
    let lower = line.to_lowercase();
    let (mut rest, mut found) = (lower.trim(), Vec::new());
    while !rest.is_empty() {
        let fit = HEADS.iter().filter(|(word, _)| rest.strip_prefix(word).is_some_and(&ends));
        let (word, column) = fit.max_by_key(|(word, _)| word.len())?;
        found.push(*column);
        rest = rest.strip_prefix(word)?.trim_start();
    }
    Some(found)
}

/// Whether these columns are those of a table that says something of names or codes.
pub fn is_head(columns: &[Column]) -> bool {
    columns.len() >= 2
        && columns.iter().any(|column| matches!(column, Name | Code | Status))
        && columns.iter().any(|column| matches!(column, Text | Kind | Message))
}

/// What a heading announces.
pub fn section(heading: &str) -> Option<Section> {
    let heading = heading.to_lowercase();
    SECTIONS.iter().find(|(word, _)| heading.contains(word)).map(|(_, section)| *section)
}

/// Whether a line is nothing but such a heading.
pub fn is_section(line: &str) -> Option<Section> {
    let line = line.trim().trim_end_matches([':', '：']).to_lowercase();
    let plain = line.strip_suffix('s').unwrap_or(&line);
    let mut all = SECTIONS.iter().chain(ALONE);
    all.find(|(word, _)| *word == line || *word == plain).map(|(_, section)| *section)
}

/// The part that the end of a line announces, where saving a page lost the break before a numbered heading.
pub fn glued(line: &str) -> Option<Section> {
    let (before, heading) = line.rsplit_once(['.', '、'])?;
    let number = before.trim_end_matches(|letter: char| letter.is_ascii_digit());
    (number.len() < before.len() && number.ends_with(['。', '.', '；', ';'])).then(|| is_section(heading))?
}

/// Where the heading of an example's answer begins that stands at the end of a line without a break before it.
pub fn glued_answer(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let answers = SECTIONS.iter().filter(|(_, section)| *section == Section::ResponseExample);
    let mut ends = answers.filter_map(|(word, _)| lower.strip_suffix(word)).map(str::len);
    ends.find(|length| *length > 0)
}

/// What a word says of whether something has to be there.
pub fn required(word: &str) -> Option<bool> {
    match word.trim_matches(['*', '`', ' ']).to_lowercase().as_str() {
        "是" | "必选" | "必填" | "必需" | "必须" | "yes" | "y" | "true" | "required" | "mandatory" => {
            Some(true)
        }
        "否" | "可选" | "选填" | "no" | "n" | "false" | "optional" => Some(false),
        _ => None,
    }
}

/// Whether a text holds one of some others, whatever the case of its letters.
pub fn holds(text: &str, words: &[&str]) -> bool {
    let text = text.to_lowercase();
    words.iter().any(|word| text.contains(word))
}
