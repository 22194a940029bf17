//! What is promised of each language that news is read in here: its dates and its bylines.

use super::dates::find;
use super::names::{opens_byline, people};

/// The dates of one language, each with what it says.
fn dates(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let found = find(text).map(|found| found.stated.resolve(None).to_string());
        assert_eq!(found.as_deref().unwrap_or("none"), *expected, "{text}");
    }
}

/// The bylines of one language that open with words for it, each with its names; they are parted by `;`.
fn opened(cases: &[(&str, &str)]) {
    for (line, names) in cases {
        assert!(opens_byline(line), "{line}");
        assert_eq!(people(line, &[]).join("; "), *names, "{line}");
    }
}

/// Bylines of names alone, and lines that name nobody.
fn bare(cases: &[(&str, &str)]) {
    for (line, names) in cases {
        assert_eq!(people(line, &[]).join("; "), *names, "{line}");
    }
}

const WHOLE: &str = "2025-06-23T17:35:00";

#[test]
fn english() {
    dates(&[
        ("Monday, June 23, 2025 at 5:35 PM", WHOLE),
        ("Mon 23 Jun 2025 17.35 BST", "2025-06-23T17:35:00+01:00"),
        ("5:35 p.m. EDT, June 23, 2025", "2025-06-23T17:35:00-04:00"),
        ("Published: 17:35, 23 June 2025", WHOLE),
        ("June 23, 2025 | 5:35pm", WHOLE),
        ("23rd June 2025", "2025-06-23"),
        ("June 23rd, 2025 5 p.m.", "2025-06-23T17:00:00"),
        (
            "Mon Jun 23 2025 17:35:00 GMT+0300 (EEST)",
            "2025-06-23T17:35:00+03:00",
        ),
        ("23 June 2025 17:35 Version 2.1", WHOLE),
        ("Chapter 12.35", "none"),
    ]);
    opened(&[
        (
            "By Jane Doe in Kyiv and John Smith in Lviv",
            "Jane Doe; John Smith",
        ),
        ("By Jane Doe, Senior Correspondent", "Jane Doe"),
        ("By Jane Doe | Reuters", "Jane Doe"),
        ("Reporting by Jane Doe; Editing by John Smith", "Jane Doe"),
        ("Written by Jane Doe. Photographs by John Smith", "Jane Doe"),
        ("By Jane Doe, London", "Jane Doe"),
        ("By Robert F. Doe Jr.", "Robert F. Doe Jr."),
    ]);
    bare(&[
        ("Jane Doe for The Port Times", "Jane Doe"),
        ("By Associated Press", ""),
        ("Photo: John Smith", ""),
    ]);
}

#[test]
fn german() {
    dates(&[
        ("Mo., 23. Juni 2025, 17.35 Uhr", WHOLE),
        ("23.06.2025 | 17:35 Uhr", WHOLE),
        ("Stand: 23.06.25, 17:35 Uhr", WHOLE),
        ("Montag, 23. Juni 2025 um 17:35", WHOLE),
        ("1. Jänner 2025", "2025-01-01"),
        ("17:35 Uhr, 23. Juni 2025", WHOLE),
    ]);
    opened(&[
        (
            "Von Anna Müller und Peter Schmidt, Berlin",
            "Anna Müller; Peter Schmidt",
        ),
        ("Von Anna Müller aus Kiew", "Anna Müller"),
        ("Ein Kommentar von Anna Müller", "Anna Müller"),
        ("Von unserem Korrespondenten Peter Schmidt", "Peter Schmidt"),
        ("Text: Anna Müller. Fotos: Peter Schmidt", "Anna Müller"),
        ("Von Ursula von der Leyen", "Ursula von der Leyen"),
    ]);
    bare(&[("Von dpa", ""), ("Redaktion", "")]);
}

#[test]
fn french() {
    dates(&[
        ("lundi 23 juin 2025 à 17h35", WHOLE),
        ("Publié le 23 juin 2025 à 17 h 35", WHOLE),
        ("Publié le 23/06/2025 à 17:35", WHOLE),
        ("1er juillet 2025 à 17h", "2025-07-01T17:00:00"),
        ("23 déc. 2025", "2025-12-23"),
    ]);
    opened(&[
        ("Par Jean Dupont et Marie Curie", "Jean Dupont; Marie Curie"),
        ("Par Jean Dupont avec AFP", "Jean Dupont"),
        ("Propos recueillis par Marie Curie", "Marie Curie"),
        ("Par Jean Dupont, correspondant à Kiev", "Jean Dupont"),
        ("De notre correspondant Jean Dupont", "Jean Dupont"),
    ]);
    bare(&[("La rédaction", ""), ("Par AFP", "")]);
}

#[test]
fn spanish() {
    dates(&[
        ("23 de junio de 2025 a las 17:35", WHOLE),
        ("lunes, 23 de junio de 2025 - 17:35 h", WHOLE),
        ("23 jun 2025 - 17:35 CEST", "2025-06-23T17:35:00+02:00"),
        ("23/06/2025 17:35h", WHOLE),
        ("junio 23, 2025 5:35 p. m.", WHOLE),
        ("23 de setiembre del 2025", "2025-09-23"),
    ]);
    opened(&[
        ("Por Juan Pérez y María García", "Juan Pérez; María García"),
        ("Por Juan Pérez en Madrid", "Juan Pérez"),
        ("Por José Ortega y Gasset", "José Ortega y Gasset"),
        ("Texto: María García. Fotos: Juan Pérez", "María García"),
    ]);
    bare(&[("Juan Pérez / EFE", "Juan Pérez"), ("Redacción", "")]);
}

#[test]
fn italian() {
    dates(&[
        ("23 giugno 2025 alle 17:35", WHOLE),
        ("lunedì 23 giugno 2025 ore 17.35", WHOLE),
        ("23 Giu 2025 - 17:35", WHOLE),
        ("Pubblicato il 23/06/2025", "2025-06-23"),
    ]);
    opened(&[
        ("di Mario Rossi e Anna Bianchi", "Mario Rossi; Anna Bianchi"),
        ("dal nostro inviato Mario Rossi", "Mario Rossi"),
        ("a cura di Anna Bianchi", "Anna Bianchi"),
        ("di Mario Rossi, inviato a Kiev", "Mario Rossi"),
    ]);
    bare(&[("di Redazione", ""), ("ANSA", "")]);
}

#[test]
fn polish() {
    dates(&[
        ("poniedziałek, 23 czerwca 2025 r., godz. 17:35", WHOLE),
        ("23 czerwca 2025 o godz. 17.35", WHOLE),
        ("23 cze 2025, 17:35", WHOLE),
        ("23.06.2025 17:35", WHOLE),
    ]);
    opened(&[
        (
            "Autor: Jan Kowalski i Anna Nowak",
            "Jan Kowalski; Anna Nowak",
        ),
        ("oprac. Anna Nowak", "Anna Nowak"),
        ("Rozmawiała Anna Nowak", "Anna Nowak"),
        ("Autor: Jan Kowalski. Zdjęcia: Anna Nowak", "Jan Kowalski"),
    ]);
    bare(&[("Jan Kowalski, PAP", "Jan Kowalski"), ("Redakcja", "")]);
}

#[test]
fn portuguese() {
    dates(&[
        ("23 de junho de 2025 às 17h35", WHOLE),
        ("segunda-feira, 23 de junho de 2025", "2025-06-23"),
        ("23.jun.2025 às 17h35", WHOLE),
        ("23/06/2025 17h35", WHOLE),
        ("23 de Março de 2025, 17:35", "2025-03-23T17:35:00"),
    ]);
    opened(&[
        ("Por João Silva e Maria Souza", "João Silva; Maria Souza"),
        ("Por João Silva, g1 — São Paulo", "João Silva"),
        ("Por João da Costa e Silva", "João da Costa e Silva"),
        ("Reportagem de Maria Souza", "Maria Souza"),
    ]);
    bare(&[("Da Redação", ""), ("Agência Lusa", "")]);
}

#[test]
fn turkish() {
    dates(&[
        ("23 Haziran 2025 Pazartesi, 17:35", WHOLE),
        ("23 Haz 2025 saat 17.35", WHOLE),
        ("23.06.2025 - 17:35", WHOLE),
        ("1 Ağustos 2025", "2025-08-01"),
    ]);
    opened(&[
        ("Haber: Ali Yılmaz ve Ayşe Demir", "Ali Yılmaz; Ayşe Demir"),
        ("Yazar: Ayşe Demir", "Ayşe Demir"),
        ("Haber: Ali Yılmaz / İSTANBUL", "Ali Yılmaz"),
        ("Haber: Ali Yılmaz - Kamera: Ayşe Demir", "Ali Yılmaz"),
    ]);
    bare(&[("Anadolu Ajansı", ""), ("Haber Merkezi", "")]);
}

#[test]
fn ukrainian() {
    dates(&[
        ("Понеділок, 23 червня 2025, 17:35", WHOLE),
        ("23 червня 2025 року, 17:35", WHOLE),
        ("23 червня 2025 р. о 17:35", WHOLE),
        ("17:35, 23.06.2025", WHOLE),
        ("1 липня 2025 р., вт, 17:35", "2025-07-01T17:35:00"),
    ]);
    opened(&[
        (
            "Автор: Олена Ковальчук та Іван Франко",
            "Олена Ковальчук; Іван Франко",
        ),
        ("Підготувала Олена Ковальчук", "Олена Ковальчук"),
        (
            "Текст: Олена Ковальчук. Фото: Іван Франко",
            "Олена Ковальчук",
        ),
        (
            "Автори: Олена Ковальчук і Іван Франко",
            "Олена Ковальчук; Іван Франко",
        ),
    ]);
    bare(&[
        ("Укрінформ", ""),
        ("Олена Ковальчук, Київ", "Олена Ковальчук"),
    ]);
}

#[test]
fn russian() {
    dates(&[
        ("23 июня 2025 г., 17:35", WHOLE),
        ("23 июня 2025 года в 17:35", WHOLE),
        ("17:35, 23 июня 2025", WHOLE),
        ("23 июня 2025 17:35 МСК", "2025-06-23T17:35:00+03:00"),
        ("пн, 23 июн. 2025, 17:35", WHOLE),
    ]);
    opened(&[
        (
            "Автор: Иван Петров и Анна Сидорова",
            "Иван Петров; Анна Сидорова",
        ),
        ("Текст: Иван Петров. Фото: Анна Сидорова", "Иван Петров"),
        ("Беседовала Анна Сидорова", "Анна Сидорова"),
    ]);
    bare(&[("РИА Новости", ""), ("Иван Петров, Москва", "Иван Петров")]);
}

#[test]
fn arabic() {
    dates(&[
        ("الاثنين 23 يونيو 2025 - 17:35", WHOLE),
        ("23 حزيران/يونيو 2025", "2025-06-23"),
        ("٢٣ يونيو ٢٠٢٥", "2025-06-23"),
        ("23 يونيو/ حزيران 2025 الساعة 05:35 م", WHOLE),
        ("23 يونيو 2025م، 17:35", WHOLE),
        ("5 كانون الأول 2025", "2025-12-05"),
    ]);
    opened(&[
        ("بقلم: أحمد علي وسارة محمود", "أحمد علي; سارة محمود"),
        ("كتبت سارة محمود", "سارة محمود"),
        ("إعداد: أحمد علي", "أحمد علي"),
        ("كتب: أحمد علي، تصوير: سارة محمود", "أحمد علي"),
    ]);
    bare(&[("رويترز", ""), ("أحمد علي - القاهرة", "أحمد علي")]);
}

#[test]
fn hebrew() {
    dates(&[
        ("יום שני, 23 ביוני 2025, 17:35", WHOLE),
        ("פורסם: 23.06.25 , 17:35", WHOLE),
        ("23/06/2025 בשעה 17:35", WHOLE),
        ("1 באוגוסט 2025", "2025-08-01"),
    ]);
    opened(&[
        ("מאת: דוד כהן ושרה לוי", "דוד כהן; שרה לוי"),
        ("מאת דוד כהן", "דוד כהן"),
        ("מאת: דוד כהן. צילום: שרה לוי", "דוד כהן"),
    ]);
    bare(&[("מערכת", ""), ("דוד כהן, ירושלים", "דוד כהן")]);
}

#[test]
fn chinese() {
    dates(&[
        ("2025年6月23日 17:35", WHOLE),
        ("2025年06月23日17时35分", WHOLE),
        ("2025年6月23日 星期一 下午5:35", WHOLE),
        ("2025年6月23日（星期一）17:35", WHOLE),
        ("2025/06/23 17:35", WHOLE),
        ("2025-06-23 17:35:00", WHOLE),
    ]);
    opened(&[
        ("记者：王小明、李华", "王小明; 李华"),
        ("作者：王小明", "王小明"),
        ("文/王小明", "王小明"),
        ("作者：王小明 摄影：李华", "王小明"),
    ]);
    bare(&[("新华社记者王小明", "王小明"), ("新华社", ""), ("本站", "")]);
}

#[test]
fn japanese() {
    dates(&[
        ("2025年6月23日 17時35分", WHOLE),
        ("2025年6月23日（月）午後5時35分", WHOLE),
        ("令和7年6月23日", "2025-06-23"),
        ("令和元年5月1日", "2019-05-01"),
        ("2025.06.23 Mon 17:35", WHOLE),
    ]);
    opened(&[
        ("取材・文：山田太郎", "山田太郎"),
        ("文／山田太郎 写真／鈴木花子", "山田太郎"),
        ("執筆：山田 太郎", "山田 太郎"),
    ]);
    bare(&[
        ("【山田太郎】", "山田太郎"),
        ("山田太郎記者", "山田太郎"),
        ("共同通信", ""),
        ("編集部", ""),
    ]);
}
