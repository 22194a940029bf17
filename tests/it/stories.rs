//! Stories on a built set: copies are found, strangers are left alone. The bench `stories` measures
//! the same set with more chance; here it is held to what is promised.

#![expect(
    clippy::cast_sign_loss,
    reason = "shares of lengths, none of them negative"
)]

#[path = "../../benches/stories/frames.rs"]
mod frames;
#[path = "../../benches/stories/room.rs"]
mod room;
#[path = "../../benches/stories/score.rs"]
mod score;
#[path = "../../benches/stories/set.rs"]
mod set;

use score::Score;
use set::Edit;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_are_found_whatever_became_of_them() {
    let (mut whole, mut brief) = (Score::default(), Score::default());
    for edit in Edit::ALL {
        let score = score::copies(edit, 7).await;
        assert!(score.of >= 20, "{}: {score:?}", edit.says());
        assert!(score.percent() >= 75.0, "{}: {score:?}", edit.says());
        if edit.is_brief() {
            brief.add(score);
        } else {
            whole.add(score);
        }
    }
    assert!(whole.percent() >= 95.0, "{whole:?}");
    assert!(brief.percent() >= 85.0, "{brief:?}");
    assert_eq!((whole.wrong, brief.wrong), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_filled_anew_each_day_is_no_copy() {
    for (place, (language, days)) in score::framed(24, 7).into_iter().enumerate() {
        let score = score::strangers(days).await;
        assert_eq!(score.wrong, 0, "frame {place} in {language}: {score:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_of_one_event_in_their_own_words_are_no_copies() {
    assert_eq!(score::five().len(), 5);
    assert_eq!(score::strangers(score::five()).await.wrong, 0);
    assert_eq!(score::strangers(score::own_words()).await.wrong, 0);
}
