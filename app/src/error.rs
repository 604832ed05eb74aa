//! The one wire error: stable codes only, never a name and never free text.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use model::page::Failure;
use serde::{Deserialize, Serialize};

/// What went wrong between a page and the server: on the wire, the code of a [`Failure`] such as `"not_found"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppError(pub Failure);

impl AppError {
    /// The code a person can read out, such as `not_found`.
    pub const fn code(self) -> &'static str {
        match self.0 {
            Failure::NotSignedIn => "not_signed_in",
            Failure::NotFound => "not_found",
            Failure::Refused => "refused",
            Failure::BadInput => "bad_input",
            Failure::Broken => "broken",
            Failure::Offline => "offline",
        }
    }

    /// The HTTP status (RFC 9110) that carries it.
    pub const fn status(self) -> u16 {
        match self.0 {
            Failure::NotSignedIn => 401,
            Failure::NotFound => 404,
            Failure::Refused => 403,
            Failure::BadInput => 422,
            Failure::Broken | Failure::Offline => 500,
        }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for AppError {}

impl From<Failure> for AppError {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self(match error {
            ServerFnErrorErr::Request(_) => Failure::Offline,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => Failure::BadInput,
            _ => Failure::Broken,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Failure; 6] = [
        Failure::NotSignedIn,
        Failure::NotFound,
        Failure::Refused,
        Failure::BadInput,
        Failure::Broken,
        Failure::Offline,
    ];

    #[test]
    fn an_error_on_the_wire_is_its_code_and_nothing_else() {
        for failure in ALL {
            let error = AppError(failure);
            let sent = error.ser();
            assert_eq!(&*sent, format!("\"{}\"", error.code()).as_bytes());
            assert_eq!(AppError::de(sent), error);
        }
    }

    #[test]
    fn what_a_library_says_of_an_error_does_not_travel() {
        let secret = "name of a child".to_owned();
        let error = AppError::from_server_fn_error(ServerFnErrorErr::Args(secret));
        assert_eq!(error, AppError(Failure::BadInput));
    }
}
