//! Kinds of lines in every language at once, and news that begins as they do.

use super::Class::{Advert, CommentPrompt, Control, InBodyLink, Promotion, StopHead, Support};
use super::languages::check;

#[test]
fn news_that_begins_as_furniture_does_stays() {
    check(
        "any",
        &[],
        &[
            "More great news came from Kyiv on Monday, when the ministry counted the drones.",
            "Download speeds fell across the region after the cable was cut.",
            "Reproduction of the plans took the engineers a year.",
            "Copyright law is to change next year, the ministry said.",
            "Image copyright is for the courts to decide, she said.",
            "Posted in Kharkiv for two years, he came home in May.",
            "Follow the river south and you reach the second line of defence.",
            "Contact with the drone was lost at four in the morning.",
            "Read aloud, the list of the dead takes nine hours.",
            "Previously, the ministry had counted forty drones.",
            "This article of the constitution was written in 1996 by a commission of forty.",
            "Завантажили додаткові боєприпаси на корабель у порту.",
            "Оператор, натискаючи кнопку, запустив дрон над містом.",
            "Встановити додаткові зенітні гармати обіцяють до осені.",
            "Нажимая кнопку, оператор запустил ракету.",
            "Копирование чертежей заняло у инженеров год.",
            "Jede weitere Verbreitung des Virus muss verhindert werden, sagte der Minister.",
            "Artikel dieser Art schreibt sie seit dem Krieg nicht mehr.",
            "Toute reproduction du virus en laboratoire demande des mois de travail.",
            "Las opiniones del ministro son conocidas desde el lunes.",
        ],
    );
}

#[test]
fn lines_of_old_systems_and_small_papers_are_known_in_every_language() {
    check(
        "rights, rows and marks",
        &[
            ("При перепечатке ссылка на «Зарю» обязательна.", Control),
            ("У разі передруку посилання на «Зорю» обов’язкове.", Control),
            (
                "Wszystkie materiały na stronie są objęte ochroną prawną.",
                Control,
            ),
            (
                "Nachdruck, auch auszugsweise, nur mit Genehmigung.",
                Control,
            ),
            (
                "Publicado el Lunes, 22 junio de 2026 a las 10:14:35 CEST por admin (1942 lecturas) Tema: Energía",
                Control,
            ),
            (
                "Questo articolo è stato scritto il 4 marzo 2008 alle 10:12",
                Control,
            ),
            (
                "Esta entrada fue publicada el lunes, 4 de marzo de 2008 a las 10:12",
                Control,
            ),
            ("Like Loading…", Control),
            ("Me gusta Cargando...", Control),
            ("Gefällt mir Wird geladen …", Control),
            ("Torna indietro - Stampa - Segnala a un amico", Control),
            ("Версия для печати | Отправить другу | В закладки", Control),
            (
                "Leggi anche: Sette botteghe su dieci senza eredi",
                InBodyLink,
            ),
            ("Tekst gaat verder onder de video", Control),
            ("Der Text geht unter dem Video weiter.", Control),
            ("La suite après cette vidéo", Control),
            ("Ciąg dalszy artykułu pod filmem", Control),
            ("Advertisements", Advert),
            ("Anuncios Google", Advert),
            (
                "Anzeige: Fliesen Huber - Bad und Ofen. Gautinger Straße 4, Telefon 08152 / 555 01.",
                Advert,
            ),
            (
                "Реклама. Окна, двери, балконы под ключ. Тел. 5-55-14",
                Advert,
            ),
            (
                "Кондитерская приглашает на дегустацию тортов. На правах рекламы.",
                Advert,
            ),
            (
                "Читайте также в прошлом номере: Сколько стоит тепло",
                InBodyLink,
            ),
            (
                "Sullo stesso argomento: La frana compie sei mesi",
                InBodyLink,
            ),
            ("Leserkommentare (2)", CommentPrompt),
            (
                "Комментарии (2) Житель 11.11.2009 19:20 А кто будет отвечать?",
                CommentPrompt,
            ),
            (
                "Los comentarios son propiedad de quien los envió.",
                CommentPrompt,
            ),
            ("Другие материалы номера:", StopHead),
            ("Weitere Artikel dieser Ausgabe", StopHead),
            (
                "You have read 3 of your 3 complimentary articles this month.",
                Promotion,
            ),
            ("Reach Jane Doe at (555) 624-0147.", Support),
        ],
        &[
            "При перепечатке книги издатель обнаружил три ошибки.",
            "Nachdruck und Verkauf der Karte begannen am Montag.",
            "Publicado en 1998, el libro vendió un millón de ejemplares (200.000 en España).",
            "Questo articolo è stato il più letto dell'anno.",
            "Leggi anche severe, dice il ministro, non bastano a fermare le barche.",
            "Anzeige: Der Mann erstattete sie am Montag bei der Polizei.",
            "Реклама на дорогах города будет запрещена с января.",
            "Comentarios como este, dijo el juez, no ayudan a nadie.",
            "Print and share prices fell on Monday.",
            "Reach the summit at dawn and the whole port lies below.",
            "You have read the law, the judge told them.",
        ],
    );
}
