//! Tables that fit.
//!
//! Where the terminal is too narrow, the least important column is cut with an
//! ellipsis, and dropped before a more important one becomes hard to read. A column that is
//! empty in every row is not shown at all. Without a width nothing is cut.
//!
//! What says why something is so, or what to do about it, is not dropped: where
//! there is no room for it beside the others, it stands below its row ([`Column::remark`]).

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::style::{Paint, Style};

const GAP: usize = 2;
/// How far what stands below a row is from the margin.
const INDENT: usize = 4;
/// The width below which a column is not cut for the sake of a less important one.
const COMFORT: usize = 32;
/// Columns of this importance are cut as far as they can be before they are dropped.
pub(crate) const ESSENTIAL: u8 = 190;

/// What is known of a column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    title: String,
    right: bool,
    /// The least important column goes first.
    importance: u8,
    /// How far it may be cut; its whole width if that is less.
    least: usize,
    /// How wide it is even if nothing in it is.
    usual: usize,
    /// How far the next column is.
    gap: usize,
    /// Whether it stands below its row where it has no room beside the others.
    is_remark: bool,
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    paint: Paint,
}

/// Rows under titles.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Column {
    /// A column of text.
    pub(crate) fn text(title: &str, importance: u8, least: usize) -> Column {
        let title = title.to_owned();
        Column { title, right: false, importance, least, usual: 0, gap: GAP, is_remark: false }
    }

    /// A column of text that stands below its row, as long as it is, where beside the others it would be cut to
    /// less than `least`. There is one at most.
    pub(crate) fn remark(title: &str, least: usize) -> Column {
        Column { is_remark: true, ..Column::text(title, 0, least) }
    }

    /// A column of one character, close to what it is about.
    pub(crate) fn mark() -> Column {
        Column { gap: 1, ..Column::text("", u8::MAX, 1) }
    }

    /// A column of text that says nothing once it is cut, such as a time.
    pub(crate) fn whole(title: &str, importance: u8) -> Column {
        Column::text(title, importance, usize::MAX)
    }

    /// The same with a usual width, so that tables of which each has a few rows stand under one another as one.
    pub(crate) fn usual(self, usual: usize) -> Column {
        Column { usual, ..self }
    }

    /// A column of numbers, which are never cut.
    pub(crate) fn number(title: &str, importance: u8) -> Column {
        Column { right: true, ..Column::whole(title, importance) }
    }
}

impl Cell {
    /// A cell that is drawn in a certain way. The text must be safe to show.
    pub(crate) fn painted(text: impl Into<String>, paint: Paint) -> Cell {
        Cell { text: text.into(), paint }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Cell {
        Cell::painted(text, Paint::Plain)
    }
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: Vec<Column>) -> Table {
        Table { columns, rows: Vec::new() }
    }

    /// Adds a row, which has a cell for each column.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(cells);
    }

    /// The table as lines; a title line first, if there are titles.
    pub(crate) fn render(&self, style: &Style) -> String {
        let shown = self.fit(style.width);
        let mut out = String::new();
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let titles: Vec<Cell> =
                self.columns.iter().map(|column| Cell::painted(column.title.clone(), Paint::Dim)).collect();
            self.line(&mut out, &titles, &shown, style);
        }
        let below = self.below(&shown);
        for row in &self.rows {
            self.line(&mut out, row, &shown, style);
            if let (Some(index), Some(width)) = (below, style.width) {
                remark(&mut out, &row[index], width, style);
            }
        }
        out
    }

    /// The column that has no place beside the others and stands below each row.
    fn below(&self, shown: &[(usize, usize)]) -> Option<usize> {
        let index = self.columns.iter().position(|column| column.is_remark)?;
        shown.iter().all(|(other, _)| *other != index).then_some(index)
    }

    fn line(&self, out: &mut String, cells: &[Cell], shown: &[(usize, usize)], style: &Style) {
        let mut pending = 0;
        for (index, width) in shown {
            let (column, cell) = (&self.columns[*index], &cells[*index]);
            let text = cut(&cell.text, *width, style);
            let space = width - text.width();
            pending += if column.right { space } else { 0 };
            if !text.is_empty() {
                out.extend(std::iter::repeat_n(' ', pending));
                style.paint_into(out, cell.paint, &text);
                pending = 0;
            }
            pending += column.gap + if column.right { 0 } else { space };
        }
        out.push('\n');
    }

    /// The columns to show and how wide each is.
    fn fit(&self, available: Option<usize>) -> Vec<(usize, usize)> {
        let mut shown: Vec<(usize, usize)> = (0..self.columns.len())
            .filter_map(|index| {
                let widest = self.rows.iter().map(|row| row[index].text.width()).max().unwrap_or(0);
                let Column { title, usual, .. } = &self.columns[index];
                let empty = !self.rows.is_empty() && widest == 0 && *usual == 0;
                (!empty).then(|| (index, widest.max(title.width()).max(*usual)))
            })
            .collect();
        let Some(available) = available else { return shown };
        self.drop_the_unimportant(&mut shown, available);

        let wanted = shown.iter().map(|(_, width)| width).sum::<usize>() + self.gaps(&shown);
        let mut excess = wanted.saturating_sub(available);
        let mut order: Vec<usize> = (0..shown.len()).collect();
        order.sort_by_key(|place| self.columns[shown[*place].0].importance);
        for floor in [COMFORT, 0] {
            for place in &order {
                let (index, width) = &mut shown[*place];
                let give = width.saturating_sub(self.columns[*index].least.max(floor)).min(excess);
                *width -= give;
                excess -= give;
            }
        }
        if let [(_, width)] = &mut shown[..] {
            *width = (*width).min(available);
        }
        shown
    }

    fn gaps(&self, shown: &[(usize, usize)]) -> usize {
        shown.iter().rev().skip(1).map(|(index, _)| self.columns[*index].gap).sum()
    }

    /// Drops what would make more important columns hard to read, and then what cannot be shown at all.
    fn drop_the_unimportant(&self, shown: &mut Vec<(usize, usize)>, available: usize) {
        let needed = |shown: &[(usize, usize)], comfort: usize, worst: usize| {
            let width = |(place, (index, width)): (usize, &(usize, usize))| {
                let least = self.columns[*index].least;
                (*width).min(if place == worst { least } else { least.max(comfort) })
            };
            shown.iter().enumerate().map(width).sum::<usize>() + self.gaps(shown)
        };
        while 1 < shown.len() {
            let importance = |place: &usize| self.columns[shown[*place].0].importance;
            let worst = (0..shown.len()).min_by_key(importance).expect("there are at least two");
            let essential = ESSENTIAL <= importance(&worst);
            if needed(shown, if essential { 0 } else { COMFORT }, worst) <= available {
                return;
            }
            shown.remove(worst);
        }
    }
}

/// The lines of a remark below a row, indented, if there is anything to remark.
fn remark(out: &mut String, cell: &Cell, width: usize, style: &Style) {
    let indent = INDENT.min(width.saturating_sub(2));
    for line in wrapped(&cell.text, width - indent) {
        out.extend(std::iter::repeat_n(' ', indent));
        style.paint_into(out, cell.paint, &line);
        out.push('\n');
    }
}

/// The text in lines of at most `width` columns, parted between words where that is possible.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && width < line.width() + 1 + word.width() {
            lines.push(std::mem::take(&mut line));
        } else if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if !line.is_empty() && width < line.width() + character.width().unwrap_or(0) {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

/// The text, at most `width` columns of it.
pub(crate) fn cut(text: &str, width: usize, style: &Style) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mark = style.glyph("…", "~");
    let room = width.saturating_sub(1);
    let end = text
        .char_indices()
        .map(|(at, character)| at + character.len_utf8())
        .take_while(|end| text[..*end].width() <= room)
        .last()
        .unwrap_or(0);
    if width == 0 { String::new() } else { format!("{}{mark}", &text[..end]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, &str, &str)]) -> Table {
        let mut table = Table::new(vec![
            Column::text("NAME", ESSENTIAL + 1, 6),
            Column::number("PID", ESSENTIAL),
            Column::text("COMMAND", 1, 10),
        ]);
        for (name, pid, command) in rows {
            table.row(vec![(*name).into(), (*pid).into(), (*command).into()]);
        }
        table
    }

    fn check(table: &Table, width: Option<usize>, expected: &[&str]) {
        let rendered = table.render(&Style { width, ..Style::plain() });
        assert_eq!(rendered.lines().collect::<Vec<_>>(), expected, "at {width:?}");
    }

    #[test]
    fn what_is_piped_is_never_cut() {
        let table = table(&[("web", "7", "python3 -m http.server 8000"), ("a-long-name", "4711", "x")]);
        check(
            &table,
            None,
            &[
                "NAME          PID  COMMAND",
                "web             7  python3 -m http.server 8000",
                "a-long-name  4711  x",
            ],
        );
    }

    #[test]
    fn the_least_important_column_is_cut_and_then_dropped() {
        let table = table(&[("web", "7", "python3 -m http.server 8000"), ("a-long-name", "4711", "x")]);
        check(
            &table,
            Some(30),
            &["NAME          PID  COMMAND", "web             7  python3 -m…", "a-long-name  4711  x"],
        );
        check(&table, Some(20), &["NAME          PID", "web             7", "a-long-name  4711"]);
        check(&table, Some(14), &["NAME       PID", "web          7", "a-long-…  4711"]);
        check(&table, Some(5), &["NAME", "web", "a-lo…"]);
    }

    #[test]
    fn wide_characters_count_as_what_they_take() {
        check(
            &table(&[("東京都庁", "1", "x"), ("web", "22", "y")]),
            Some(13),
            &["NAME      PID", "東京都庁    1", "web        22"],
        );
        assert_eq!(cut("東京都庁", 4, &Style::plain()), "東…");
    }

    #[test]
    fn a_remark_that_has_no_room_stands_below_its_row() {
        let mut table = Table::new(vec![
            Column::text("NAME", ESSENTIAL, 6),
            Column::text("DIR", 10, 8),
            Column::remark("NOTE", usize::MAX),
        ]);
        table.row(vec![
            "shop".into(),
            "/src/shop".into(),
            "it has changed: `hob up /src/shop` to review".into(),
        ]);
        table.row(vec!["blog".into(), "/src/blog".into(), "".into()]);
        let wide = ["NAME  DIR        NOTE", "shop  /src/shop  it has changed: `hob up /src/shop` to review"];
        check(&table, Some(80), &[wide[0], wide[1], "blog  /src/blog"]);
        check(
            &table,
            Some(30),
            &[
                "NAME  DIR",
                "shop  /src/shop",
                "    it has changed: `hob up",
                "    /src/shop` to review",
                "blog  /src/blog",
            ],
        );
        assert_eq!(wrapped("a-long-word 東京都", 5), ["a-lon", "g-wor", "d", "東京", "都"]);
    }

    #[test]
    fn an_empty_column_is_not_shown() {
        check(&table(&[("web", "", "x")]), None, &["NAME  COMMAND", "web   x"]);
        check(&table(&[]), None, &["NAME  PID  COMMAND"]);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let name = "n".repeat(300);
        let command = "東京".repeat(100);
        let mut table = table(&[(&name, "4194304", &command), ("🙂🙂🙂🙂🙂", "1", "")]);
        for is_remark in [false, true] {
            table.columns[2].is_remark = is_remark;
            // A wide character has no room in one column.
            for width in 1 + usize::from(is_remark)..120 {
                let rendered = table.render(&Style { width: Some(width), ..Style::plain() });
                assert!(rendered.lines().all(|line| line.width() <= width), "at {width}:\n{rendered}");
            }
        }
    }
}
