//! A command as one would type it.

use daemon_core::text::visible;

/// Its words in one line, quoted where a shell would take them for something else.
pub(crate) fn command(words: &[String]) -> String {
    let plain = |word: &str| {
        !word.is_empty() && word.chars().all(|it| it.is_alphanumeric() || "-_./:=@%+,~".contains(it))
    };
    let quoted = words.iter().map(|word| match plain(word) {
        true => word.clone(),
        false => format!("'{}'", visible(word).replace('\'', "'\\''")),
    });
    quoted.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_can_be_copied_into_a_shell() {
        let words = ["sh", "-c", "echo 'hi' \u{1b}", ""].map(str::to_owned);
        assert_eq!(command(&words), "sh -c 'echo '\\''hi'\\'' \\u{1b}' ''");
    }
}
