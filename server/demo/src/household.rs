//! Households: what the members of a family are called, where they live, how to reach them.

use crate::chance::{Chance, Purpose};
use crate::district::{District, Home, LONG_NAME_FAMILY};
use crate::names::{CULTURES, Culture, Custom, LONG_NAME, plain_ascii};

/// A name in the roster's three fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    /// Given name or names.
    pub(crate) given: String,
    /// Middle name; mostly empty.
    pub(crate) middle: String,
    /// Family name or names.
    pub(crate) family: String,
}

/// A student's name and sex.
pub(crate) struct Child {
    /// The name.
    pub(crate) name: Name,
    /// Female; else male.
    pub(crate) female: bool,
}

/// A guardian.
pub(crate) struct Guardian {
    /// The name.
    pub(crate) name: Name,
    /// Relation to the students.
    pub(crate) relation: &'static str,
    /// OneRoster's role: `parent` or `guardian`.
    pub(crate) role: &'static str,
    /// Lives with the students.
    pub(crate) lives_with: bool,
    /// May be called in an emergency.
    pub(crate) emergency: bool,
    /// The document that keeps the records from them; empty for none.
    pub(crate) restriction: &'static str,
    /// Street and number.
    pub(crate) street: String,
    /// City and postal code.
    pub(crate) city: (&'static str, &'static str),
    /// Phone; may be empty.
    pub(crate) phone: String,
    /// E-mail; may be empty.
    pub(crate) email: String,
}

/// A family's members.
pub(crate) struct Household {
    /// Home language, ISO 639-1.
    pub(crate) language: &'static str,
    /// The students, by slot.
    pub(crate) children: Vec<Child>,
    /// The guardians; the first one is called first.
    pub(crate) guardians: Vec<Guardian>,
}

const STREETS: [&str; 36] = [
    "Alder Street",
    "Bank Street",
    "Beechwood Drive",
    "Bridge Street",
    "Canal Road",
    "Cemetery Road",
    "Church Street",
    "Cider Mill Lane",
    "Cold Spring Road",
    "Depot Street",
    "Dogwood Court",
    "Elm Street",
    "Ferry Lane",
    "Front Street",
    "Furnace Road",
    "Granite Avenue",
    "Hemlock Way",
    "Hickory Lane",
    "Juniper Avenue",
    "Library Street",
    "Lower Creek Road",
    "Main Street",
    "Market Street",
    "Mill Race Lane",
    "Mulberry Street",
    "North Fifth Street",
    "Old Toll Road",
    "Orchard Avenue",
    "Quarry Street",
    "Railroad Avenue",
    "Ridge Road",
    "River Road",
    "School House Lane",
    "Second Street",
    "Spruce Terrace",
    "Walnut Street",
];
const CITIES: [(&str, &str); 5] = [
    ("Harlan Ridge", "17899"),
    ("Harlan Ridge", "17899"),
    ("Millbrook", "17897"),
    ("Stony Fork", "17896"),
    ("Ferry Landing", "17895"),
];
const AREA_CODES: [&str; 4] = ["272", "570", "717", "814"];

/// Draws a given name of the culture and sex.
fn given(chance: &mut Chance, culture: &Culture, female: bool) -> String {
    (*chance.pick(if female { culture.female } else { culture.male })).to_owned()
}

fn middle(chance: &mut Chance, culture: &Culture, female: bool) -> String {
    match culture.middle {
        Some((of_women, of_men)) => (if female { of_women } else { of_men }).to_owned(),
        None if culture.custom == Custom::Shared && chance.percent(60) => given(chance, culture, female),
        None if culture.custom == Custom::Kept && chance.percent(40) => given(chance, culture, female),
        None => String::new(),
    }
}

/// Draws an adult's name, by the custom of the culture.
pub(crate) fn adult(chance: &mut Chance, culture: &Culture, female: bool) -> Name {
    let given_name = given(chance, culture, female);
    let middle = middle(chance, culture, female);
    let family = match culture.custom {
        Custom::Double => {
            format!("{} {}", chance.pick(culture.family), chance.pick(culture.family))
        }
        Custom::Patronymic => format!("{} {}", chance.pick(culture.male), chance.pick(culture.family)),
        Custom::Shared | Custom::Kept => (*chance.pick(culture.family)).to_owned(),
    };
    let middle = if middle == given_name { String::new() } else { middle };
    Name { given: given_name, middle, family }
}

fn first_surname(culture: &Culture, family: &str) -> String {
    culture
        .family
        .iter()
        .find(|name| family.strip_prefix(**name).is_some_and(|rest| rest.starts_with(' ')))
        .map_or_else(|| family.to_owned(), |name| (*name).to_owned())
}

fn phone(chance: &mut Chance) -> String {
    // 555-0100 to 555-0199 is the range kept free for fiction.
    format!("({}) 555-01{:02}", chance.pick(&AREA_CODES), chance.below(100))
}

fn address(chance: &mut Chance) -> (String, (&'static str, &'static str)) {
    let number = chance.between(2, 1_980);
    let street = chance.pick(&STREETS);
    let flat = if chance.percent(22) { format!(", Apt {}", chance.between(1, 48)) } else { String::new() };
    (format!("{number} {street}{flat}"), *chance.pick(&CITIES))
}

/// Draws a family's household. The same family gives the same household each time.
pub(crate) fn of(district: &District, number: usize) -> Household {
    let family = &district.families[number];
    let culture = &CULTURES[usize::from(family.culture)];
    let mut chance = Chance::of(district.seed, Purpose::Household, number as u64);
    let father = adult(&mut chance, culture, false);
    let mut mother = adult(&mut chance, culture, true);
    let shares_name = culture.custom == Custom::Shared && chance.percent(72);
    if shares_name {
        mother.family.clone_from(&father.family);
    }
    let surname = match culture.custom {
        Custom::Shared | Custom::Kept => father.family.clone(),
        Custom::Double => {
            format!("{} {}", first_surname(culture, &father.family), first_surname(culture, &mother.family))
        }
        Custom::Patronymic => {
            let grandfather = father.family.split(' ').next().unwrap_or_default();
            format!("{} {grandfather}", father.given)
        }
    };
    let mut taken: Vec<String> = vec![father.given.clone(), mother.given.clone()];
    let mut children = Vec::with_capacity(usize::from(family.children));
    for _ in 0..family.children {
        let female = chance.percent(49);
        let mut name = given(&mut chance, culture, female);
        while taken.contains(&name) {
            name = given(&mut chance, culture, female);
        }
        taken.push(name.clone());
        let drawn = middle(&mut chance, culture, female);
        let middle = if taken.contains(&drawn) { String::new() } else { drawn };
        children.push(Child { name: Name { given: name, middle, family: surname.clone() }, female });
    }
    if number == LONG_NAME_FAMILY {
        for child in &mut children {
            let (given, family) = (LONG_NAME.0.to_owned(), LONG_NAME.1.to_owned());
            *child = Child { name: Name { given, middle: String::new(), family }, female: true };
        }
    }
    let language = if chance.percent(culture.speakers) { culture.language } else { "en" };
    let home = address(&mut chance);
    let other_home = address(&mut chance);
    let mut guardians = Vec::with_capacity(3);
    let mut add = |chance: &mut Chance, name: Name, relation: &'static str, away: bool| {
        let (street, city) = if away { other_home.clone() } else { home.clone() };
        let mail = format!(
            "{}.{}{}@mail.example",
            plain_ascii(&name.given),
            plain_ascii(&name.family),
            chance.between(10, 99)
        );
        let phone = if chance.percent(96) { phone(chance) } else { String::new() };
        let email = if chance.percent(84) { mail } else { String::new() };
        let role = if matches!(relation, "Mother" | "Father" | "Stepfather") { "parent" } else { "guardian" };
        guardians.push(Guardian {
            name,
            relation,
            role,
            lives_with: !away,
            emergency: true,
            restriction: "",
            street,
            city,
            phone,
            email,
        });
    };
    match family.home {
        Home::Together => {
            add(&mut chance, mother, "Mother", false);
            add(&mut chance, father, "Father", false);
        }
        Home::Mother => add(&mut chance, mother, "Mother", false),
        Home::Father => add(&mut chance, father, "Father", false),
        Home::Apart | Home::Restricted => {
            add(&mut chance, mother, "Mother", false);
            add(&mut chance, father, "Father", true);
        }
        Home::Stepfather => {
            let other = usize::from(crate::district::draw_culture(&mut chance));
            let stepfather = adult(&mut chance, &CULTURES[other], false);
            add(&mut chance, mother, "Mother", false);
            add(&mut chance, stepfather, "Stepfather", false);
            add(&mut chance, father, "Father", true);
        }
        Home::Grandmother => {
            let grandmother = adult(&mut chance, culture, true);
            add(&mut chance, grandmother, "Grandmother", false);
        }
        Home::Foster => {
            let other = usize::from(crate::district::draw_culture(&mut chance));
            let foster = adult(&mut chance, &CULTURES[other], true);
            add(&mut chance, foster, "Foster parent", false);
        }
    }
    if family.home == Home::Restricted
        && let Some(father) = guardians.last_mut()
    {
        father.emergency = false;
        father.restriction = "Court order: no access to education records";
    }
    Household { language, children, guardians }
}
