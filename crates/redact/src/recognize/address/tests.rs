//! Samples of addresses and of what looks like them.

use super::Address;
use crate::kind::Kind;
use crate::recognize::check;

fn finds(samples: &[&str]) {
    check(&Address, Kind::StreetAddress, samples);
}

#[test]
fn finds_streets_after_their_number() {
    finds(&[
        "at {12 Main Street}, Springfield",
        "<td>{221 Oak Street}</td>",
        "\"{221 Oak Street}\"",
        "October 29, 1940 in Paris, on Jun 08, 1974",
        "I live at {1668 Glyn St.}",
        "{221B Baker Street} now",
        "{450 W 33rd Street, Apt 5B} ok",
        "{12-14 High St} is mine",
        "near {1600 Broadway} tonight",
        "{350 Fifth Avenue} and {10 Downing St}",
        "{12 rue de Rivoli} à Paris",
        "{8 place de la Concorde}",
        "go to {77 Park Avenue South}.",
        "NHS 446-008-5704, {123a Park Close}",
    ]);
}

#[test]
fn finds_streets_after_their_label() {
    finds(&[
        "Building: 7\nStreet: {King Edward Avenue}\nZIP: x",
        "{\"x\": 1, \"street\": \"{Larkspur Lane}\"".strip_prefix('{').unwrap(),
        "- Street name: {Rosa-Luxemburg-Allee}",
        "**Calle:** {San Juan de Dios}",
        "see Wall Street: The Movie Made Money",
        "Street: see below",
        "street: Unknown",
        "street: No Street Given",
        "On 14 May 1998 the court of first instance",
    ]);
}

#[test]
fn finds_streets_before_their_number() {
    finds(&[
        "in der {Hauptstraße 12a}, Ulm",
        "{Potsdamer Platz 1}, {Villacher Strasse 89}",
        "{Via Franscini 71}",
        "{Rua do Arenque 1634}",
        "{Erzsébet tér 19}.",
        "{Puruntie 82}, {Harjukuja 54}",
        "mieszka przy {ul. Miła 53}",
        "{Calle de Alcalá, 45} y",
        "{ул. Ленина, д. 5}",
        "{Karl Johans gate 22} i Oslo",
    ]);
}

#[test]
fn finds_streets_without_a_number() {
    finds(&[
        "{Travesía Choupana s/n. 15706 Santiago de Compostela}",
        "{Avda. de Barber, s/n 45004 Toledo}. España",
        "{Paseo Dr. Begiristain, s/n 20014 Donostia}. Email: x",
        "Hospital, {C/ Las Turbas s/n}, planta",
        "device S/N 4471, Serial S/N: 991, see s/n",
        "El motor s/n está roto, Motor s/n roto",
    ]);
}

#[test]
fn finds_streets_in_small_letters() {
    finds(&[
        "Domicilio: {calle de las rosas 86, 2º B}\nTel: x",
        "Domicilio: {Av. medellin 18, 3A}.\nLocalidad",
        "Morada: {rua das flores 86}",
        "Dirección: {Entrada de las colinas #8234 Casa A}",
        "Home address: {14 the larches, ulm}\nx",
        "j'habite au {12 rue des lilas}",
        "{12 rue des lilas, 75011 Paris}",
        "au bout de 3 rue des choses",
        "Dirección: Steven Spielberg, 1993",
        "IP address: port 8080 of host",
        "Address: see page 5",
        "Address: unknown",
        "Domicilio: pendiente",
        "address: localhost:8080",
    ]);
}

#[test]
fn finds_addresses_behind_floors_and_doors() {
    finds(&[
        "{C/ Pablo Laloux 13, 6º A-Sur. 33405 Salinas}. Castrillón",
        "{Calle Ginzo de Limia 55, 9o C, 28034}, Madrid x",
        "{C/ Berlín, 63-65, 2º 3ª esc B. 08029 Barcelona}. e-mail",
        "{os. Tysiąclecia 18/7, bl. 9, kl. C, 31-610 Kraków}; os",
        "{C/ Mayor,2. 29010}. Málaga",
        "na {skr. poczt. 145, 00-950 Warszawa}; x",
        "Main Street and 33405 more",
    ]);
}

#[test]
fn finds_boxes() {
    finds(&[
        "mail to {P.O. Box 1234}",
        "{Postfach 1201}, {Casilla 99}",
        "an {Postfach 45 31 41} in Ulm",
        "{PSC 0413, Box 8144\nAPO AA 42323}",
        "{Unit 4719 Box 7394\nDPO AP 70942} ok",
        "{USS Nimitz\nFPO AP 96620}",
    ]);
}

#[test]
fn finds_what_stands_around() {
    finds(&[
        "at {12 Jeffrey Drive}. His ID is",
        "{12 Main St. Springfield, IL} now",
        "{425 7th Avenue, 34th Floor\nNew York, NY 10018\nUSA}\n\nNotify Party: x",
        "Address: {90 Walsh Ways, NP0N 7DT}, Maxstad\n\nII. Details",
        "{12 Main Street, Springfield, IL 62704} is it",
        "{12 Main Street\nSuite 4\nSpringfield, IL\n62704-1234}",
        "{Hauptstraße 12, 10115 Berlin}",
        "{Am Gartenweg 24 · 74846 Karlsruhe}\nTel. 0151",
        "{Van Goghlaan 86, 1763 GX Kapelle}, {Vinohradská třída 40/12}, {Avda. Serrano 117, 2º izq.}, Girona",
        "Adresse: {Bredgade 1, st. th, 6556 Vemmelev}, Jeg bor på {Møllevej 54, 2. tv}, Ringsted",
        "{9122 N 42nd Street Unit 7\n                Glovertown, FL 98106-9055}",
        "{Apt. 675} {62314 Mellemvej 32}",
        "{10 Downing Street, London SW1A 2AA}.",
        "{Allika 46, Apt. 5} and",
        "{Edeby 55, 14592 Tystberga}",
        "> {12 Main Street\n> Apt. 9\n> Toronto, ON M5V 2T6}",
        "she lives at {14 The Larches}",
        "at the {corner of Hollywood and Vine} tonight",
        "Address: {Alšova 408}",
        "{Tylova 285\n Suite 578\n Ostrov nad Ohří\n Czech Republic 56655}",
        "{12 Main Street\nSpringfield, il 62704} is it",
        "{Tungata 11 Rott Crossroad\n Apt. 322\n Höfn\n Iceland 72399}",
    ]);
}

#[test]
fn finds_streets_of_many_languages() {
    finds(&[
        "Adres: {Bağdat Caddesi No:123}",
        "{Yeni Mah. Lale Sk. No: 38 D: 3}",
        "address1 = '{Ekgatan 12}', x",
        "\"address1\": \"{Corso Mazzini n. 26}\"",
        "{Strada Preda Nr. 35 Bl. 77  Sc. 66 Ap. 6} ok",
        "{Soseaua Dinu 85}, {Intrarea Toma 33}",
        "{42 bis rue des Lilas} ou {961 bd. Victor Hugo}",
        "domicilié {boulevard de Dardel 96}",
        "{Calle Mayor nº 130, 2º izq.} ok",
        "{Calle 48 # 2J-16 Sur}",
        "{al. Mickiewicza 10 m. 5}",
        "{ul. 3 Maja 5}, {József attila utca 155}",
        "{Flat 2B, 36 Green Street}, {H.No. 12, Park Marg}",
        "Shipping address = {7493 Guzman Stream}",
        "{пер. Садовый, д. 8}",
        "Bydliště: {Svojsíkova 958}",
        "Anschrift {Unter den Linden 34\n51062 Bernburg}. Telefon 030",
        "Enviar para {R. Machado, 21, 5535-090 Barcelos}",
        "wohnhaft {Gutstrasse 36 in 4522 Oberwil}",
    ]);
}

#[test]
fn finds_streets_of_asia() {
    finds(&[
        "住所は{香川県大島町高田馬場26丁目16番16号}です",
        "{〒160-0023 東京都新宿区西新宿2-8-1}",
        "我住在{北京市朝阳区建国路88号6栋1722室}",
        "地址: {大里市大智路95號之6}",
        "제 주소는 {서울특별시 강남구 테헤란로 152}입니다",
        "पता: {मकान नंबर 353, गांधी नगर}",
        "{43/32, सुभाष मार्ग, दिल्ली 110001}",
        "ที่อยู่ {45/12 หมู่ 3 ตำบลบางพระ อำเภอศรีราชา จังหวัดชลบุรี 20110}",
        "เลขที่ {200 ถนนนิมมานเหมินท์ ตำบลสุเทพ อำเภอเมืองเชียงใหม่ 50200}\nโทร",
        "{456 หมู่ 2 ถนนมิตรภาพ ตำบลปากช่อง อำเภอปากช่อง นครราชสีมา 30130} ครับ",
        "{199 อาคารทัวร์ไทย ชั้น 5 ถนนพระราม 9 แขวงห้วยขวาง เขตห้วยขวาง กรุงเทพฯ 10310}",
        "มี 3 ห้อง ราคา 500 บาท, หมู่ 5 และ 20 เขต",
    ]);
}

#[test]
fn finds_postal_codes_behind_their_country() {
    check(
        &Address,
        Kind::PostalCode,
        &[
            "Kaiserstr {A-9011} Neustadt",
            "{A-9580}-Villach, {CH-8001} Zürich, {D-10115} Berlin",
            "aus {F-75011} Paris",
            "in San Francisco, CA {94105} and",
            "Boston, MA, {02101-1234}",
            "Plymouth, Massachusetts {02360}.",
            "sold in San Francisco CA 94105, IN 12345, up, IN 12345 cases, Model, XY 12345, In, March 12345",
            "B-52 Bomber, A-1000 SERIES, F-16 Falcon, X-1234 Test, UTF-8 Text, A-2020 ok",
        ],
    );
}

#[test]
fn leaves_citations_rooms_and_pressures() {
    finds(&[
        "BP 121/80, HR 60, SpO2 98%",
        "Nature 324, 870–974 (1996)",
        "BVerfGE 93, 307 (260)",
        "Phys. Rev. B 73, 0123",
        "Room 475, building 8",
        "Jahren 1870 bis 1872, 30 Cent bis 1 Euro",
        "Around 1 , 400 Rotherham children",
        "acre in 1880, Manhattan Island 92.6",
        "called: \"D-Wave Lab Tour Part 3 (of 3)",
        "COPYRIGHT, 1890, BY CHARLES",
        "et al. Figure 4 shows",
        "地铁1号线, 第3段, 회의로 3, 도로 152",
        "04/07 Check #1088",
        "12/03 Order #4482 shipped",
        "code 0108 Shoulder and Neck",
        "ALT 49, CK 123, LDH 225, PZ 101",
    ]);
}

#[test]
fn leaves() {
    finds(&[
        "in 2019 the Main Street was closed",
        "12 people on the street",
        "version 3 Street",
        "Spring 2019, String 12, During 2018, Engineering 12",
        "chapter 12 Drive safely",
        "12 Example Street",
        "box 3",
        "a 500 GB Drive, at 2 PM Dr. Smith came",
        "2 Square Enix games via USB 3",
        "from the corner of the room and the hall",
        "Windows 10, Ubuntu 22 and Python 3",
        "Platz 3, Bahnsteig 12",
        "Kvitova 6-3, 6-2",
        "In 2008 Wall Street fell",
        "Section 12 Appendix B, Table 3",
        "10 Downloads",
        "12 March 2020, Boston",
    ]);
}
