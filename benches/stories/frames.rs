//! Frames that are filled anew each day: reports that share most of their words and none of their
//! facts. No two filled frames are copies.

use rand::RngExt as _;
use rand::rngs::StdRng;

use super::set::Text;

/// The frames: language, text. `#` is a number, `@` a name, `%` a small decimal, `&` a time.
pub const FRAMES: &[(&str, &str)] = &[
    (
        "en",
        "Shares closed higher on the main exchange on # May, with the index gaining % per cent to end the session at #,# points after trading in a range of # points. Turnover reached #.# billion, compared with #.# billion in the previous session.\n\
         Among the gainers were @ Holding, which rose % per cent, and @ Energy, up % per cent, while @ Foods lost % per cent after its results. Some # issues advanced and # declined.\n\
         The currency stood at #.## to the dollar against #.## the day before. Brent crude traded at # dollars a barrel and gold at #,# dollars an ounce. Analysts expect a calm session ahead of the rate decision.",
    ),
    (
        "uk",
        "Національний банк установив на # травня офіційний курс гривні на рівні #,#### за долар, що на # копійок слабше за попередній показник. Курс євро становить #,#### гривні, злотого #,####.\n\
         На міжбанківському ринку торги відкрилися на рівні #,## - #,## гривні за долар. Обсяг операцій сягнув ### мільйонів доларів, з яких ### мільйонів припали на банк-регулятор.\n\
         Готівковий долар у касах банків купують по #,## і продають по #,##, євро купують по #,## і продають по #,##. Про це свідчать дані ринку станом на & ранку.",
    ),
    (
        "ja",
        "#日の東京株式市場で日経平均株価は続伸し、終値は前日に比べて###円高の#万#,###円だった。上げ幅は一時###円を超えた。\n\
         東証株価指数は##・##ポイント高の#,###・##で取引を終えた。東証プライム市場の売買代金は概算で#兆#,###億円、売買高は##億#,###万株だった。\n\
         値上がり銘柄数は#,###、値下がりは###、変わらずは##だった。外国為替市場の円相場は一ドル=###円##銭前後で推移した。",
    ),
    (
        "de",
        "Am Donnerstag, # Oktober, wird es in @ wolkig mit sonnigen Abschnitten, die Höchstwerte liegen bei # Grad. In der Nacht kühlt es auf # Grad ab, stellenweise bildet sich Nebel.\n\
         Der Wind weht schwach bis mäßig aus Südwest mit # Kilometern pro Stunde, in Böen bis # Kilometer pro Stunde. Die Regenwahrscheinlichkeit liegt bei # Prozent, die Niederschlagsmenge bei % Millimetern.\n\
         Die Sonne geht um & Uhr auf und um & Uhr unter. Für den Freitag rechnen die Meteorologen mit # bis # Grad und einzelnen Schauern, am Wochenende wird es freundlicher.",
    ),
    (
        "en",
        "The forecast for @ on # November: mostly cloudy with a # per cent chance of rain in the morning, clearing in the afternoon. High near #, low around #. Winds from the south-west at # to # miles an hour with gusts up to #.\n\
         The air quality index stands at #, which is moderate. Humidity will reach # per cent and pressure # hectopascals. The sun rises at & and sets at &.\n\
         On the next day expect a high of # and a low of #, with a # per cent chance of showers. The record high for this date is #, set in 19#, and the record low is #.",
    ),
    (
        "en",
        "@ beat @ #-# in the league on Saturday in front of a crowd of #,# to move up to #th place in the table. @ opened the scoring in the #th minute with a low shot from the edge of the box, and @ doubled the lead # minutes later from the spot.\n\
         The visitors pulled one back through @ in the #th minute, but @ settled the match with a header in the #th. The home side had # shots to #, and # per cent of the ball.\n\
         Coach @ was pleased with the performance. His team travel to @ next week, while the visitors, who stay #th with # points, host @.",
    ),
    (
        "es",
        "El @ venció por #-# al @ en la jornada # de liga ante #.# espectadores y se coloca #º en la clasificación con # puntos. @ abrió el marcador en el minuto # con un disparo cruzado y @ amplió la ventaja en el minuto #.\n\
         Los visitantes recortaron distancias por medio de @ en el minuto #, pero @ sentenció de cabeza en el #. El árbitro, @, mostró # tarjetas amarillas y una roja.\n\
         En la próxima jornada el equipo local visitará al @, mientras que los visitantes recibirán al @. El partido se jugará a las & horas.",
    ),
    (
        "uk",
        "Станом на &  # травня протягом доби на фронті відбулося # бойових зіткнень. Противник завдав # ракетних та # авіаційних ударів, скинув # керованих бомб і здійснив #,# обстрілів, зокрема # із реактивних систем.\n\
         На @ напрямку відбулося # боєзіткнень у районах населених пунктів @, @ та @. На @ напрямку наші воїни відбили # атак поблизу @, ще # боїв тривають.\n\
         Авіація та артилерія уразили # районів зосередження живої сили, # пункти управління та # гармат. Втрати противника за добу склали #,# осіб, # танків, # бронемашин, # артилерійських систем і # безпілотників.",
    ),
    (
        "en",
        "Air defence units shot down # of # drones launched overnight on # June, the air force said on its channel. The attack began at & and came from the direction of @ and @.\n\
         Drones were downed over the regions of @, @ and @. Another # were lost from radar without consequences, and # returned. Hits were recorded at # locations and debris fell at #.\n\
         The enemy also used # ballistic missiles and # cruise missiles, of which # were intercepted. Mobile fire groups, electronic warfare units and anti-aircraft missile troops took part in repelling the attack.",
    ),
    (
        "zh",
        "中国地震台网正式测定：#月#日#时#分在##县发生#.#级地震，震源深度#公里，震中位于北纬##.##度，东经##.##度。\n\
         震中周边#公里内的村庄有##个，#公里内的乡镇有#个，距县城##公里，距省会###公里。近五年来震中周边两百公里范围内发生三级以上地震共##次，最大一次为#.#级。\n\
         截至#时#分，当地有明显震感，暂未接到人员伤亡报告，消防部门已派出##人和#辆车前往查看。",
    ),
    (
        "en",
        "The supervisory board of @ Group has appointed @ @ as chief financial officer with effect from the first of July. @ succeeds @ @, who is leaving the company at the end of the month to pursue other interests.\n\
         @ joins from @ Industries, where most recently the post of treasurer was held, and began a career in auditing in @. The board thanked @ for many years of service and dedication.\n\
         \"We are delighted to welcome @ to the team,\" said chairman @ @. Shares of the company, which has its seat in @, were little changed after the announcement.",
    ),
    (
        "fr",
        "Le loto du samedi # avril a livré ses résultats : les numéros gagnants sont le #, le #, le #, le # et le #, et le numéro chance est le #. Le gros lot de # millions d'euros a été remporté par un joueur de @.\n\
         Au deuxième rang, # grilles gagnent chacune #.# euros ; au troisième rang, # joueurs emportent #.# euros. Les # codes gagnants à 20 000 euros sont affichés chez les détaillants.\n\
         Le prochain tirage aura lieu lundi à & avec # millions d'euros à gagner. Les gagnants ont # jours pour se présenter au centre de paiement de @.",
    ),
];

const LATIN: &[&str] = &[
    "Ran", "Bel", "Tor", "Mic", "Sal", "Ned", "Gar", "Lin", "Ost", "Pra", "Hol", "Vid", "Cam",
    "Dur", "Elm", "Fos",
];
const ENDS: &[&str] = &[
    "mont", "ville", "berg", "ton", "ossa", "ini", "ley", "worth", "ado", "aske",
];
const CYRILLIC: &[&str] = &[
    "Нов", "Крас", "Лим", "Пок", "Тор", "Бах", "Кур", "Сів", "Зол", "Гуль",
];
const CYRILLIC_ENDS: &[&str] = &["ополе", "анське", "ське", "івка", "ецьк", "мут", "ахове"];

/// One day's report in the frame.
pub fn fill((language, frame): (&str, &str), rng: &mut StdRng) -> Text {
    let mut text = String::with_capacity(frame.len() + 200);
    for c in frame.chars() {
        match c {
            '#' => text.push_str(&rng.random_range(1..99).to_string()),
            '%' => {
                let (whole, tenth) = (rng.random_range(0..9), rng.random_range(0..99));
                text.push_str(&format!("{whole}.{tenth}"));
            }
            '&' => {
                let (hour, minute) = (rng.random_range(0..24), rng.random_range(10..60));
                text.push_str(&format!("{hour}:{minute}"));
            }
            '@' if language == "uk" => {
                text.push_str(CYRILLIC[rng.random_range(0..CYRILLIC.len())]);
                text.push_str(CYRILLIC_ENDS[rng.random_range(0..CYRILLIC_ENDS.len())]);
            }
            '@' => {
                text.push_str(LATIN[rng.random_range(0..LATIN.len())]);
                text.push_str(ENDS[rng.random_range(0..ENDS.len())]);
            }
            c => text.push(c),
        }
    }
    Text {
        language: language.to_owned(),
        paragraphs: text.lines().map(|line| line.trim().to_owned()).collect(),
    }
}
