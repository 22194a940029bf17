//! Where papers of many languages put the day and the names of those who wrote it, on pages that state
//! neither.

use crate::extract::{Input, extract};

/// Two sentences of a language's prose.
fn prose(language: &str) -> &'static str {
    match language {
        "uk" => {
            "Гавань була закрита три дні, поки водолази шукали якір, сказав у понеділок начальник порту. \
            Ніхто не міг сказати, скільки це ще триватиме, і рибалки чекали на березі разом із туристами."
        }
        "ru" => {
            "Гавань была закрыта три дня, пока водолазы искали якорь, сказал в понедельник начальник порта. \
            Никто не мог сказать, сколько это ещё продлится, и рыбаки ждали на берегу вместе с туристами."
        }
        "he" => {
            "הנמל היה סגור שלושה ימים בזמן שצוללנים חיפשו את העוגן, אמר ביום שני מנהל הנמל, ואיש לא ידע \
            לומר כמה זמן זה עוד יימשך בפועל, והדייגים המתינו על החוף יחד עם התיירים."
        }
        "ar" => {
            "بقي الميناء مغلقا ثلاثة أيام بينما كان الغواصون يبحثون عن المرساة، كما قال قائد الميناء يوم \
            الاثنين، ولم يكن أحد يعرف كم من الوقت سيستغرق ذلك في النهاية، وانتظر الصيادون على الشاطئ."
        }
        "zh" => {
            "港口负责人周一表示，潜水员在寻找船锚期间，港口已经关闭了三天，没有人能够说清楚这种情况还会持续多长时间，\
            当地渔民也因此无法出海作业，损失不小，许多游客只好改变行程。"
        }
        "ja" => {
            "港長は月曜日、潜水士がいかりを探している間、港は三日間閉鎖されたと述べたが、これがいつまで続くのかは\
            誰にも分からないという。漁師たちも海に出られず、困っている。"
        }
        _ => {
            "The harbour was closed for three days while divers looked for the anchor, the master of the port \
            said on Monday, and nobody could say how long it would take."
        }
    }
}

/// What is read from a page with these elements between headline and text, and behind the text.
fn read(language: &str, top: &str, text: &str, end: &str) -> (String, String) {
    let prose = prose(language);
    let page = format!(
        "<html lang={language}><title>Harbour closed for days | Port</title><body><nav><a href=/>Port</a>\
        <a href=/w>World News</a></nav><main><div><h1>Harbour closed for days</h1>{top}<p>{text}{prose}</p>\
        <p>{prose}</p><p>{prose}</p>{end}</div><div class=more><a href=/2>Another ship ran aground near the old \
        lighthouse</a> <span class=author>John Smith</span> <span class=date>1 May 2021</span></div></main>"
    );
    let content = extract(&Input::of(page.as_bytes()))
        .expect("the page has a text")
        .content;
    let published = content.published.map(|time| time.to_string());
    (content.authors.join("; "), published.unwrap_or_default())
}

const WHOLE: &str = "2025-06-23T17:35:00";

/// Language, what stands between headline and text, its names and its day.
const LAYOUTS: &[(&str, &str, &str, &str)] = &[
    (
        "uk",
        "<div><span>23 червня 2025, 17:35</span> <a href=/p/o>Олена Ковальчук</a> <i>1 245 переглядів</i></div>",
        "Олена Ковальчук",
        WHOLE,
    ),
    (
        "uk",
        "<p>Понеділок, 23 червня 2025 17:35</p><p><i>Автор: Іван Франко, для «Порту»</i></p>",
        "Іван Франко",
        WHOLE,
    ),
    (
        "ru",
        "<div>17:35 23.06.2025 <i>(обновлено: 18:10 23.06.2025)</i></div>",
        "",
        WHOLE,
    ),
    (
        "ru",
        "<div>23 июня 2025 в 17:35</div><div>Текст: <b>Анна Сидорова</b> / Фото: Пётр Иванов</div>",
        "Анна Сидорова",
        WHOLE,
    ),
    (
        "en",
        "<p>Divers looked for it.</p><div>Jane Doe in Odesa</div><div>Mon 23 Jun 2025 17.35 BST</div>\
            <div>Last modified on Tue 24 Jun 2025 09.12 BST</div>",
        "Jane Doe",
        "2025-06-23T17:35:00+01:00",
    ),
    (
        "en",
        "<div><span>By</span> <a href=/by/j>Jane Doe</a><span>, </span><span>Senior Correspondent</span></div>\
            <div>Updated June 24, 2025 9:12 am ET | Originally published June 23, 2025</div>",
        "Jane Doe",
        "2025-06-23",
    ),
    (
        "en",
        "<p><strong>JANE DOE</strong><br>Port Times Reporter</p><p>PUBLISHED: Jun 23, 2025</p>",
        "JANE DOE",
        "2025-06-23",
    ),
    (
        "en",
        "<div>By <a href=/author/jane>Jane Doe</a>, <span>John Smith</span> and <span>Ann Lee</span></div>\
            <div>Reviewed by <a href=/author/x>Max Power</a></div><time>23 Jun 2025</time>",
        "Jane Doe; John Smith; Ann Lee",
        "2025-06-23",
    ),
    (
        "en",
        "<div class=author>Jane Doe</div><div class=share><span class=author>Watch Now</span></div><p>27 Mar 20</p>",
        "Jane Doe",
        "2020-03-27",
    ),
    (
        "de",
        "<ul><li>23. Juni 2025</li><li>Anna Müller</li><li>Lesezeit: 3 Min.</li></ul>",
        "Anna Müller",
        "2025-06-23",
    ),
    (
        "de",
        "<p>Artikel Teilen</p><p>23. Juni 2025</p><p>World News</p>",
        "",
        "2025-06-23",
    ),
    (
        "fr",
        "<div>Marie Curie | Mis à jour le 24/06/2025 à 09:12 | Publié le 23/06/2025 à 17:35</div>",
        "Marie Curie",
        WHOLE,
    ),
    (
        "es",
        "<p>23/06/2025 a las 17:35h. Actualizado a las 19:10h.</p><p>MARÍA GARCÍA<br>Odesa</p>",
        "MARÍA GARCÍA",
        WHOLE,
    ),
    (
        "it",
        "<p>di <em>Mario Rossi</em></p><p>23 giugno 2025 (modifica il 24 giugno 2025 | 09:12)</p>",
        "Mario Rossi",
        "2025-06-23",
    ),
    (
        "pl",
        "<div>Jan Kowalski</div><div>23.06.2025 17:35</div><div>aktualizacja: 24.06.2025 09:12</div>",
        "Jan Kowalski",
        WHOLE,
    ),
    (
        "pt",
        "<div>Maria Souza</div><div>Da Redação, em Lisboa</div><div>23/06/25 - 17h35</div>",
        "Maria Souza",
        WHOLE,
    ),
    (
        "tr",
        "<div>Haber: Ali Yılmaz</div><div>Giriş: 23.06.2025 - 17:35 Güncelleme: 24.06.2025 - 09:12</div>",
        "Ali Yılmaz",
        WHOLE,
    ),
    (
        "ar",
        "<p>نشر في: 23/06/2025 - 17:35 آخر تحديث: 24/06/2025 - 09:12</p><p>نص: سارة محمود</p>",
        "سارة محمود",
        WHOLE,
    ),
    (
        "he",
        "<div>שרה לוי, כתבת</div><div>פורסם: 23.06.25, 17:35 | עודכן: 24.06.25, 09:12</div>",
        "שרה לוי",
        WHOLE,
    ),
    (
        "zh",
        "<div>2025-06-23 17:35 来源：港口网 作者：王小明 责任编辑：李华</div>",
        "王小明",
        WHOLE,
    ),
    (
        "ja",
        "<div>山田 太郎</div><div>公開日時 2025年6月23日 17:35</div><div>更新 2025年6月24日 9:12</div>",
        "山田 太郎",
        WHOLE,
    ),
];

#[test]
fn days_and_names_are_read_where_papers_put_them() {
    for (language, top, names, day) in LAYOUTS {
        let (authors, published) = read(language, top, "", "");
        assert_eq!(
            (authors.as_str(), published.as_str()),
            (*names, *day),
            "{top}"
        );
    }
}

#[test]
fn names_open_and_close_the_text() {
    for (language, opening, end, names) in [
        ("ja", "【オデーサ＝山田太郎】", "", "山田太郎"),
        (
            "ja",
            "",
            "<p>【山田太郎、鈴木花子】</p>",
            "山田太郎; 鈴木花子",
        ),
        ("ja", "", "<p>【関連記事】</p>", ""),
        (
            "zh",
            "本报讯（记者 王小明 通讯员 李华）",
            "",
            "王小明; 李华",
        ),
        (
            "en",
            "",
            "<div class=author-box><h4>About the author</h4><p>Jane Doe</p><p>She writes on ports.</p></div>",
            "Jane Doe",
        ),
        (
            "en",
            "",
            "<div class=comment><div class=author-box>Jane Doe</div></div>",
            "",
        ),
    ] {
        let (authors, _) = read(language, "<p>2025-06-23</p>", opening, end);
        assert_eq!(authors, names, "{opening}{end}");
    }
}

#[test]
fn a_long_title_in_the_head_is_no_paragraph_and_a_standfirst_may_stand_above_the_name() {
    let standfirst = "<p>Два союзні уряди оплатять радари та пускові установки, повідомили посадовці після \
                      переговорів, що тривали майже всі вихідні.</p>";
    let page = |names: &str| {
        format!(
            "<html lang=uk><title>Міністерство підписало угоду про нові батареї протиповітряної оборони | Порт</title>\
             <body><article><h1>Міністерство підписало угоду про нові батареї</h1>{standfirst}{names}<div><p>{}</p><p>{}</p>\
             <p>{}</p></div><h4>Стрічка новин</h4><div><a href=/2>Рада голосує за оборонний бюджет у першому \
             читанні</a><span>11:21</span></div></article>",
            "Перша з батарей має стати на чергування до зими, повідомило міністерство.",
            "Спершу надійдуть радари, потім пускові установки і запас ракет.",
            "Суму не оприлюднили, а екіпажі навчаються за кордоном із весни."
        )
    };
    for names in [
        "<p>Олена Ковальчук</p><p>23 червня 2025, 17:35</p>",
        "<p><em>【Олена Ковальчук】</em></p><time>23 червня 2025, 17:35</time>",
    ] {
        let found = extract(&Input::of(page(names).as_bytes())).expect("the page has a text");
        assert_eq!(found.content.authors, ["Олена Ковальчук"], "{names}");
    }
}
