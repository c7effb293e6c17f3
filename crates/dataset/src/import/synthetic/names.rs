//! Given names and surnames of the synthetic people, by culture, and where they live. Common names only; whoever bears
//! one is a coincidence.

/// Names of one culture, separated by spaces; an underscore is a space inside a name.
pub(super) struct Culture {
    pub(super) given: &'static str,
    pub(super) family: &'static str,
}

/// The cultures, in the order that `HOMES` refers to.
pub(super) const CULTURES: &[Culture] = &[
    // 0 English-speaking
    Culture {
        given: "James Olivia William Emma Thomas Charlotte Daniel Grace Samuel Hannah George Lucy Henry Sophie Jack Alice \
            Matthew Megan Ryan Chloe Nathan Abigail Adam Rachel Benjamin Laura Luke Rebecca Owen Zoe Peter Naomi Simon Claire \
            Oscar Ruth Edward Holly Martin Paige",
        family: "Smith Jones Taylor Brown Wilson Evans Walker Wright Robinson Thompson White Hughes Edwards Green Hall Wood \
            Harris Clarke Turner Parker Cooper Morgan Bailey Murphy Kelly Campbell Stewart Mitchell Carter Phillips Collins \
            Bennett Foster Russell Hayes Barnes Pearce Doyle Marsh Whitfield",
    },
    // 1 German
    Culture {
        given: "Lukas Anna Felix Lena Jonas Marie Maximilian Sophia Paul Johanna Tobias Katharina Stefan Julia Florian Sabine \
            Matthias Claudia Jürgen Heike Niklas Miriam Sebastian Annika",
        family: "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf \
            Schröder Neumann Schwarz Zimmermann Braun Krüger Hartmann Lange Vogel",
    },
    // 2 French
    Culture {
        given: "Louis Camille Hugo Léa Antoine Manon Julien Chloé Nicolas Élodie Mathieu Amélie Pierre Sandrine Guillaume \
            Céline Thibault Margaux Olivier Nathalie Romain Inès",
        family: "Martin Bernard Dubois Thomas Robert Petit Durand Leroy Moreau Laurent Lefebvre Michel Garcia Fournier Girard \
            Mercier Dupont Lambert Rousseau Vincent Faure Chevalier",
    },
    // 3 Dutch and Flemish
    Culture {
        given: "Daan Sanne Bram Lotte Sem Femke Thijs Anouk Jeroen Marloes Pieter Ilse Ruben Eva Koen Marieke Wouter Esther",
        family: "de_Jong Jansen de_Vries van_den_Berg Bakker Visser Smit Meijer de_Boer Mulder de_Groot Bos Peters Hendriks \
            van_Dijk Dekker Brouwer Peeters Janssens Maes",
    },
    // 4 Spanish-speaking
    Culture {
        given: "Alejandro Lucía Pablo María Javier Carmen Diego Sofía Andrés Valentina Carlos Isabel Miguel Paula Fernando \
            Camila Rafael Elena Sergio Daniela Jorge Marta",
        family: "García Rodríguez González Fernández López Martínez Sánchez Pérez Gómez Ruiz Hernández Díaz Moreno Álvarez \
            Romero Navarro Torres Domínguez Vázquez Ramos Castillo Ortega",
    },
    // 5 Italian
    Culture {
        given: "Marco Giulia Luca Chiara Matteo Francesca Alessandro Sara Davide Martina Lorenzo Elisa Giovanni Silvia \
            Stefano Valeria Riccardo Federica",
        family: "Rossi Russo Ferrari Esposito Bianchi Romano Colombo Ricci Marino Greco Bruno Gallo Conti De_Luca Costa \
            Giordano Mancini Lombardi Moretti Barbieri",
    },
    // 6 Polish and Czech
    Culture {
        given: "Jakub Zuzanna Piotr Agnieszka Tomasz Katarzyna Michał Magdalena Krzysztof Joanna Jan Eliška Tomáš Tereza \
            Ondřej Kateřina Marek Barbara",
        family: "Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Szymański Dąbrowski Novák Svoboda Novotný \
            Dvořák Černý Procházka Kučera Mazur Krawczyk",
    },
    // 7 Nordic
    Culture {
        given: "Erik Astrid Lars Ingrid Anders Freja Oskar Maja Henrik Sofie Mikkel Elin Johan Kirsten Aino Mikko Tuomas Saara",
        family: "Andersson Johansson Karlsson Nilsson Hansen Johansen Olsen Larsen Jensen Nielsen Pedersen Christensen \
            Korhonen Virtanen Mäkinen Nieminen Lindqvist Bergström",
    },
    // 8 Portuguese-speaking
    Culture {
        given: "João Ana Pedro Beatriz Rafael Mariana Gustavo Larissa Tiago Fernanda Bruno Juliana Rodrigo Letícia Felipe \
            Carolina Vítor Patrícia",
        family: "Silva Santos Oliveira Souza Pereira Costa Ferreira Almeida Carvalho Ribeiro Gomes Martins Araújo Barbosa \
            Rocha Cardoso Teixeira Correia",
    },
    // 9 Indian
    Culture {
        given: "Aarav Priya Rohan Ananya Arjun Kavya Vikram Neha Rahul Pooja Sanjay Deepa Karthik Lakshmi Aditya Shreya Nikhil \
            Meera Suresh Divya Amit Ishita Harish Swati",
        family: "Sharma Patel Singh Kumar Gupta Reddy Iyer Nair Mehta Joshi Das Banerjee Chatterjee Rao Pillai Kapoor Malhotra \
            Desai Kulkarni Menon Bhat Verma",
    },
    // 10 West and East African
    Culture {
        given: "Chinedu Ngozi Emeka Amara Tunde Folake Ibrahim Aisha Kwame Akosua Oluwaseun Chioma Babatunde Ifeoma Wanjiru \
            Kamau Otieno Achieng Thabo Nomsa",
        family: "Okafor Adeyemi Okonkwo Balogun Eze Abubakar Nwosu Ogunleye Mensah Boateng Kariuki Mwangi Odhiambo Njoroge \
            Dlamini Nkosi Mokoena Obi Adebayo Danjuma",
    },
    // 11 Japanese
    Culture {
        given: "Haruto Yui Sota Sakura Yuki Aoi Ren Hina Takashi Keiko Kenji Naoko Daiki Miyu Hiroshi Ayumi",
        family: "Sato Suzuki Takahashi Tanaka Watanabe Ito Yamamoto Nakamura Kobayashi Kato Yoshida Yamada Sasaki Matsumoto \
            Inoue Kimura",
    },
    // 12 Chinese
    Culture {
        given: "Wei Fang Jun Min Xiaoming Lili Hao Jing Lei Yan Bin Mei Chao Xue Peng Ting Zhi Hui",
        family: "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo Lin He",
    },
    // 13 Korean
    Culture {
        given: "Minjun Seoyeon Jihoon Jiwoo Hyunwoo Soojin Donghyun Minji Sungmin Yuna Taeyang Haeun Jaewon Eunji",
        family: "Kim Lee Park Choi Jung Kang Cho Yoon Jang Lim Han Shin Seo Kwon",
    },
    // 14 Arabic-speaking and Turkish
    Culture {
        given: "Omar Fatima Youssef Layla Khaled Noor Hassan Mariam Mehmet Ayşe Mustafa Zeynep Emre Elif Tariq Salma Karim \
            Rania Can Defne",
        family: "Haddad Mansour Khalil Nasser El-Sayed Farouk Rahman Aziz Yılmaz Kaya Demir Çelik Şahin Yıldız Aydın Saleh \
            Hamdan Khoury",
    },
    // 15 Greek and south-east European
    Culture {
        given: "Giorgos Eleni Nikos Katerina Dimitris Ioana Andrei Maria Mihai Elena Stefan Milica Ivan Petra Oleksandr \
            Olena Dmytro Iryna",
        family: "Papadopoulos Georgiou Nikolaidis Popescu Ionescu Dumitrescu Petrović Jovanović Horvat Kovačević Shevchenko \
            Kovalenko Bondarenko Tkachenko Dimitrov Ivanov",
    },
    // 16 South-east Asian
    Culture {
        given: "Budi Siti Agus Dewi Juan Angelica Jose Maricel Nguyen Linh Minh Thao Somchai Ananda Rizal Putri",
        family: "Santoso Wijaya Hidayat Saputra dela_Cruz Reyes Bautista Mendoza Tran Le Pham Hoang Wongsa Tan Lim Rahayu",
    },
];

/// Where people live: code (none is unknown), weight, cultures found there; the first is the most common.
pub(super) const HOMES: &[(Option<&str>, u32, &[usize])] = &[
    (Some("US"), 270, &[0, 0, 0, 4, 9, 12, 10, 13]),
    (Some("IN"), 120, &[9]),
    (Some("GB"), 80, &[0, 0, 0, 9, 10, 6]),
    (Some("BR"), 60, &[8]),
    (Some("CA"), 50, &[0, 0, 2, 9, 12]),
    (Some("AU"), 40, &[0, 0, 12, 9]),
    (Some("DE"), 50, &[1, 1, 1, 14, 6]),
    (Some("FR"), 40, &[2, 2, 14]),
    (Some("NL"), 25, &[3]),
    (Some("ES"), 25, &[4]),
    (Some("IT"), 25, &[5]),
    (Some("PL"), 18, &[6]),
    (Some("SE"), 14, &[7]),
    (Some("IE"), 9, &[0]),
    (Some("BE"), 8, &[3, 2]),
    (Some("AT"), 7, &[1]),
    (Some("CH"), 8, &[1, 2, 5]),
    (Some("PT"), 7, &[8]),
    (Some("DK"), 6, &[7]),
    (Some("NO"), 6, &[7]),
    (Some("FI"), 5, &[7]),
    (Some("RO"), 6, &[15]),
    (Some("CZ"), 5, &[6]),
    (Some("GR"), 4, &[15]),
    (Some("NG"), 30, &[10]),
    (Some("JP"), 25, &[11]),
    (Some("MX"), 18, &[4]),
    (Some("ZA"), 14, &[10, 0]),
    (Some("PH"), 14, &[16]),
    (Some("TR"), 10, &[14]),
    (Some("KR"), 9, &[13]),
    (Some("CN"), 9, &[12]),
    (Some("ID"), 9, &[16]),
    (Some("KE"), 8, &[10]),
    (Some("AE"), 8, &[14, 9]),
    (Some("SG"), 8, &[12, 9]),
    (Some("EG"), 7, &[14]),
    (Some("AR"), 8, &[4]),
    (Some("UA"), 6, &[15]),
    (Some("NZ"), 6, &[0]),
    (None, 40, &[0, 1, 4, 9, 10, 14]),
];
