//! Tables that fit.
//!
//! Where the terminal is too narrow, the least important columns go first; what
//! is left is cut with an ellipsis, down to a least width each. A column that is
//! empty in every row is not shown at all. Without a width nothing is cut.

use unicode_width::UnicodeWidthStr as _;

use super::style::{Paint, Style};

const GAP: usize = 2;

/// What is known of a column.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    title: String,
    right: bool,
    /// The least important column goes first.
    importance: u8,
    /// How far it may be cut; its whole width if that is less.
    least: usize,
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
        Column { title: title.to_owned(), right: false, importance, least }
    }

    /// A column of numbers, which are never cut.
    pub(crate) fn number(title: &str, importance: u8) -> Column {
        Column { title: title.to_owned(), right: true, importance, least: usize::MAX }
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
        for row in &self.rows {
            self.line(&mut out, row, &shown, style);
        }
        out
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
            pending += GAP + if column.right { 0 } else { space };
        }
        out.push('\n');
    }

    /// The columns to show and how wide each is.
    fn fit(&self, available: Option<usize>) -> Vec<(usize, usize)> {
        let mut shown: Vec<(usize, usize)> = (0..self.columns.len())
            .filter_map(|index| {
                let widest = self.rows.iter().map(|row| row[index].text.width()).max().unwrap_or(0);
                let empty = 0 < self.rows.len() && widest == 0;
                (!empty).then(|| (index, widest.max(self.columns[index].title.width())))
            })
            .collect();
        let Some(available) = available else { return shown };

        let gaps = |count: usize| GAP * count.saturating_sub(1);
        let least = |(index, width): &(usize, usize)| self.columns[*index].least.min(*width);
        while 1 < shown.len() && available < shown.iter().map(least).sum::<usize>() + gaps(shown.len()) {
            let (place, _) = shown
                .iter()
                .enumerate()
                .min_by_key(|(_, (index, _))| self.columns[*index].importance)
                .expect("there are at least two");
            shown.remove(place);
        }
        let wanted = shown.iter().map(|(_, width)| width).sum::<usize>() + gaps(shown.len());
        let mut excess = wanted.saturating_sub(available);
        let mut order: Vec<usize> = (0..shown.len()).collect();
        order.sort_by_key(|place| self.columns[shown[*place].0].importance);
        for place in order {
            let give = (shown[place].1 - least(&shown[place])).min(excess);
            shown[place].1 -= give;
            excess -= give;
        }
        if let [(_, width)] = &mut shown[..] {
            *width = (*width).min(available);
        }
        shown
    }
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
            Column::text("NAME", 9, 6),
            Column::number("PID", 5),
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
    fn an_empty_column_is_not_shown() {
        check(&table(&[("web", "", "x")]), None, &["NAME  COMMAND", "web   x"]);
        check(&table(&[]), None, &["NAME  PID  COMMAND"]);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let name = "n".repeat(300);
        let command = "東京".repeat(100);
        let table = table(&[(&name, "4194304", &command), ("🙂🙂🙂🙂🙂", "1", "")]);
        for width in 1..120 {
            let rendered = table.render(&Style { width: Some(width), ..Style::plain() });
            assert!(rendered.lines().all(|line| line.width() <= width), "at {width}:\n{rendered}");
        }
    }
}
