//! Server-sent events, as they arrive in pieces (WHATWG HTML §9.2.6), as far as our own daemon's
//! stream uses them: `id` and `data`.

/// Bytes of one line: an event carries one article, and a page has at most 8 MB by default.
const LONGEST: usize = 64 << 20;

/// One message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Message {
    /// Where the stream stands after it.
    pub(super) id: Option<String>,
    /// What it says; empty where it only tells the place.
    pub(super) data: String,
}

/// Puts messages together.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    message: Message,
}

impl Reader {
    /// The messages that end in this piece.
    pub(super) fn take(&mut self, piece: &[u8]) -> Vec<Message> {
        let mut whole = Vec::new();
        for &byte in piece {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    whole.extend(self.read(&String::from_utf8_lossy(&line)));
                }
                b'\r' => {}
                _ if self.line.len() < LONGEST => self.line.push(byte),
                _ => {}
            }
        }
        whole
    }

    fn read(&mut self, line: &str) -> Option<Message> {
        if line.is_empty() {
            let message = std::mem::take(&mut self.message);
            return (message != Message::default()).then_some(message);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.message.id = Some(value.to_owned()),
            "data" => {
                if !self.message.data.is_empty() {
                    self.message.data.push('\n');
                }
                self.message.data.push_str(value);
            }
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let text = ": wireroom\nretry: 3000\n\nid: 1\nevent: article.new\ndata: {\"a\":\"é: b\"}\n\n:\n\nid: 2\r\n\r\ndata:x\ndata: y\n\nid: 3\ndata: cut";
        let message = |id: Option<&str>, data: &str| Message {
            id: id.map(str::to_owned),
            data: data.to_owned(),
        };
        let expected = [
            message(Some("1"), "{\"a\":\"é: b\"}"),
            message(Some("2"), ""),
            message(None, "x\ny"),
        ];
        for size in [1, 2, 7, text.len()] {
            let mut reader = Reader::default();
            let pieces = text.as_bytes().chunks(size);
            let messages: Vec<Message> = pieces.flat_map(|piece| reader.take(piece)).collect();
            assert_eq!(messages, expected, "in pieces of {size}");
        }
    }
}
